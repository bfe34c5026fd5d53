/* The engine of the runner: see pipeline.h.
 * SPDX-License-Identifier: MIT
 *
 * One lock guards a small table: for each block its number and the step that it waits for. A thread takes
 * the work that is furthest down the line, so that blocks leave as soon as they can and the number in
 * flight stays small; reading is what it does when nothing else is left. */
#include "pipeline.h"

#include <pthread.h>
#include <string.h>

typedef enum slot_state { FREE, WAITING, RUNNING } slot_state;

typedef struct slot {
    slot_state state;
    uint64_t number; /* in the order of reading */
    size_t step;     /* the step that it waits for or is in */
} slot;

typedef struct engine {
    const pipeline *p;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    slot *slots;
    uint64_t *next; /* for each ordered step: the number of the block whose turn it is */
    bool *busy;     /* for each ordered step: is a thread in it? */
    uint64_t n_read;
    bool reading, at_end;
    int failure; /* of block `failed` */
    uint64_t failed;
    size_t in_flight;
} engine;

typedef struct thread_start {
    engine *e;
    unsigned worker;
} thread_start;

static bool may_run(const engine *e, const slot *s, size_t step)
{
    if (s->state != WAITING || s->step != step) return false;
    if (!e->p->steps[step].ordered) return true;
    return !e->busy[step] && e->next[step] == s->number;
}

/* The waiting block with the smallest number in the last step that has one, or NULL. */
static slot *choose_work(engine *e)
{
    for (size_t step = e->p->n_steps; step-- > 0;) {
        slot *best = NULL;
        for (size_t i = 0; i < e->p->n_blocks; i++) {
            slot *s = &e->slots[i];
            if (may_run(e, s, step) && (!best || s->number < best->number)) best = s;
        }
        if (best) return best;
    }
    return NULL;
}

static slot *choose_free(engine *e)
{
    if (e->reading || e->at_end || e->failure) return NULL;
    for (size_t i = 0; i < e->p->n_blocks; i++)
        if (e->slots[i].state == FREE) return &e->slots[i];
    return NULL;
}

static void release(engine *e, slot *s)
{
    s->state = FREE;
    e->in_flight--;
}

/* After a failure the blocks behind it will never have their turn. */
static void drop_later_blocks(engine *e)
{
    for (size_t i = 0; e->failure && i < e->p->n_blocks; i++)
        if (e->slots[i].state == WAITING && e->slots[i].number > e->failed)
            release(e, &e->slots[i]);
}

static void run_step(engine *e, slot *s, unsigned worker)
{
    const size_t step = s->step;
    const bool ordered = e->p->steps[step].ordered;
    void *const block = e->p->blocks[s - e->slots];
    s->state = RUNNING;
    e->busy[step] = ordered;
    (void)pthread_mutex_unlock(&e->lock);
    const int rc = e->p->steps[step].run(e->p->context, block, worker);
    (void)pthread_mutex_lock(&e->lock);
    if (ordered) {
        e->busy[step] = false;
        e->next[step]++;
    }
    if (rc < 0 && (!e->failure || s->number < e->failed)) {
        e->failure = rc;
        e->failed = s->number;
    }
    s->step++;
    s->state = WAITING;
    if (rc < 0 || s->step == e->p->n_steps) release(e, s);
    drop_later_blocks(e);
}

static void run_read(engine *e, slot *s)
{
    void *const block = e->p->blocks[s - e->slots];
    e->reading = true;
    s->state = RUNNING;
    e->in_flight++;
    (void)pthread_mutex_unlock(&e->lock);
    const int rc = e->p->read(e->p->context, block);
    (void)pthread_mutex_lock(&e->lock);
    e->reading = false;
    *s = (slot){WAITING, e->n_read, 0};
    e->n_read++;
    if (rc <= 0) {
        e->at_end = true;
        release(e, s);
    }
    drop_later_blocks(e);
}

static void *work(void *argument)
{
    const thread_start *start = argument;
    engine *e = start->e;
    (void)pthread_mutex_lock(&e->lock);
    for (;;) {
        slot *s = choose_work(e);
        slot *fresh = s ? NULL : choose_free(e);
        if (s)
            run_step(e, s, start->worker);
        else if (fresh)
            run_read(e, fresh);
        else if (e->in_flight == 0 && (e->at_end || e->failure))
            break;
        else
            (void)pthread_cond_wait(&e->changed, &e->lock);
        if (s || fresh) (void)pthread_cond_broadcast(&e->changed);
    }
    (void)pthread_mutex_unlock(&e->lock);
    return NULL;
}

int pipeline_run(const pipeline *p)
{
    engine e = {.p = p};
    const unsigned threads = p->threads ? p->threads : 1;
    thread_start *starts = sm_calloc(threads, sizeof *starts);
    pthread_t *ids = sm_calloc(threads, sizeof *ids);
    unsigned started = 1;
    e.slots = sm_calloc(p->n_blocks, sizeof *e.slots);
    e.next = sm_calloc(p->n_steps, sizeof *e.next);
    e.busy = sm_calloc(p->n_steps, sizeof *e.busy);
    (void)pthread_mutex_init(&e.lock, NULL);
    (void)pthread_cond_init(&e.changed, NULL);
    for (unsigned i = 0; i < threads; i++)
        starts[i] = (thread_start){&e, i};
    /* Fewer threads than asked for is slower, not wrong. */
    while (started < threads &&
           pthread_create(&ids[started], NULL, work, &starts[started]) == 0)
        started++;
    (void)work(&starts[0]);
    for (unsigned i = 1; i < started; i++)
        (void)pthread_join(ids[i], NULL);
    (void)pthread_cond_destroy(&e.changed);
    (void)pthread_mutex_destroy(&e.lock);
    sm_free(e.slots);
    sm_free(e.next);
    sm_free(e.busy);
    sm_free(starts);
    sm_free(ids);
    return e.failure;
}
