/* Parallel loops: see seimai/parallel.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/parallel.h>

#include <pthread.h>

typedef struct loop {
    sm_parallel_fn fn;
    void *shared;
    size_t n, next;
    pthread_mutex_t lock;
    int failure;
    size_t failed; /* the item of the failure */
    sm_error error;
} loop;

typedef struct loop_thread {
    loop *l;
    unsigned worker;
} loop_thread;

static bool take(loop *l, size_t *i)
{
    (void)pthread_mutex_lock(&l->lock);
    const bool more = l->next < l->n && !l->failure;
    if (more) *i = l->next++;
    (void)pthread_mutex_unlock(&l->lock);
    return more;
}

/* Items are taken in order, so the first failure in that order is known when all that began have ended. */
static void note_failure(loop *l, size_t i, int rc, const sm_error *error)
{
    (void)pthread_mutex_lock(&l->lock);
    if (!l->failure || i < l->failed) {
        l->failure = rc;
        l->failed = i;
        l->error = *error;
    }
    (void)pthread_mutex_unlock(&l->lock);
}

static void *work(void *argument)
{
    const loop_thread *t = argument;
    size_t i = 0;
    while (take(t->l, &i)) {
        sm_error error = {0};
        const int rc = t->l->fn(t->l->shared, t->worker, i, &error);
        if (rc < 0) note_failure(t->l, i, rc, &error);
    }
    return NULL;
}

int sm_parallel(unsigned threads, size_t n, sm_parallel_fn fn, void *shared, sm_error *err)
{
    loop l = {.fn = fn, .shared = shared, .n = n};
    const unsigned wanted = threads > n ? (unsigned)n : threads;
    loop_thread *starts = sm_calloc(wanted + 1, sizeof *starts);
    pthread_t *ids = sm_calloc(wanted + 1, sizeof *ids);
    unsigned started = 1;
    (void)pthread_mutex_init(&l.lock, NULL);
    for (unsigned i = 0; i <= wanted; i++)
        starts[i] = (loop_thread){&l, i};
    while (started < wanted && pthread_create(&ids[started], NULL, work, &starts[started]) == 0)
        started++;
    (void)work(&starts[0]);
    for (unsigned i = 1; i < started; i++)
        (void)pthread_join(ids[i], NULL);
    (void)pthread_mutex_destroy(&l.lock);
    sm_free(starts);
    sm_free(ids);
    if (l.failure && err && !err->code) *err = l.error;
    return l.failure;
}
