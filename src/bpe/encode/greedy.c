/* The longest token from the left, in several lanes at once.
 * SPDX-License-Identifier: MIT
 *
 * A step of a lane either follows the trie by one character or takes the longest token found and begins anew behind
 * it. Written with conditions that are values, not jumps, a step cannot be mispredicted; it waits for memory
 * instead, and while one lane waits, the others step. */
#include "encoder.h"

static inline uint32_t length_of(const matcher *m, cell c)
{
    const uint32_t length = (uint32_t)(c >> CELL_LENGTH);
    return length < CELL_LONG ? length : m->about[cell_number(c)].length;
}

/* a where the mask is all ones, b where it is 0: compilers make a jump of ?: here. */
static inline uint64_t choose(uint64_t mask, uint64_t a, uint64_t b)
{
    return b ^ ((a ^ b) & mask);
}

/* Goes to character `pos` in cell c. */
static inline void go(const matcher *m, const uint32_t *codes, lane *l, cell c, size_t pos)
{
    l->cell = c;
    l->pos = pos;
    l->code = codes[pos];
    l->child = cell_base(c) + (l->code & CODE_MASK);
    __builtin_prefetch(&m->cells[l->child]);
}

static inline void step(const matcher *m, const uint32_t *codes, lane *l)
{
    const cell c = l->cell, child = m->cells[l->child];
    const uint64_t follows = (child & CODE_MASK) == l->code; /* never where START is set */
    const uint64_t next = l->start + length_of(m, c);
    const cell fresh = m->roots[codes[next] & CODE_MASK];
    l->numbers[l->n] = cell_number(c);
    l->at[l->n] = (uint32_t)l->start;
    l->n += 1 - follows;
    l->start = choose(-follows, l->start, next);
    go(m, codes, l, choose(-follows, child, fresh), choose(-follows, l->pos, next) + 1);
}

static void begin(const matcher *m, const uint32_t *codes, lane *l)
{
    l->n = 0;
    go(m, codes, l, m->roots[codes[l->start] & CODE_MASK], l->start + 1);
}

/* The last lane has nothing to wait behind: it is kept in registers. */
static void step_alone(const matcher *m, const uint32_t *codes, lane *only, size_t steps)
{
    lane l = *only;
    while (steps-- > 0)
        step(m, codes, &l);
    *only = l;
}

/* Steps that no lane can end within. */
static size_t steps_left(lane *const *active, size_t n)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const size_t left = active[i]->stop - active[i]->pos;
        if (left < least) least = left;
    }
    return least ? least : 1;
}

void greedy_match(const matcher *m, const uint32_t *codes, lane *lanes, size_t n)
{
    lane *active[LANES];
    for (size_t i = 0; i < n; i++) {
        active[i] = &lanes[i];
        begin(m, codes, active[i]);
    }
    while (n > 0) {
        const size_t left = steps_left(active, n);
        if (n == 1) step_alone(m, codes, active[0], left);
        for (size_t k = 0; k < left && n > 1; k++)
            for (size_t i = 0; i < n; i++)
                step(m, codes, active[i]);
        for (size_t i = 0; i < n;) {
            if (active[i]->start < active[i]->stop) {
                i++;
                continue;
            }
            active[i]->at[active[i]->n] = (uint32_t)active[i]->stop;
            active[i] = active[--n];
        }
    }
}
