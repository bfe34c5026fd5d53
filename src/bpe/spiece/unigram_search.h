/* The search for the best cut, written once for two precisions: REAL and NAME(…) are defined by who includes it.
 * SPDX-License-Identifier: MIT
 *
 * The best score at a place is the best over the pieces that end there of the piece's score and the best score
 * where it begins (Viterbi 1967). From each place the trie is walked once; the pieces met improve the places
 * where they end, and the earlier of equals stands. Where no piece reaches over a place, all before it is
 * settled: it is written out, and the memory in use does not grow with the text. */

enum { SETTLE = 128, WINDOW = 1024, AHEAD = 8 };

/* A piece ends at place `end`. (Two choices and no jump: which cut is the better cannot be foreseen.) */
static inline void NAME(improve)(REAL *sums, uint32_t *last, size_t end, REAL sum,
                                 uint32_t piece)
{
    const REAL old = sums[end];
    const uint32_t better = 0u - (uint32_t)(sum > old);
    last[end] = (piece & better) | (last[end] & ~better);
    sums[end] = sum > old ? sum : old;
}

/* Meets every piece that begins at place `at`; gives the farthest place that one may reach. */
static inline size_t NAME(walk)(const unigram_window *w, REAL *sums, uint32_t *last, size_t at)
{
    const unigram *u = w->u;
    const unigram_cell *cells = u->trie.cells;
    const uint32_t *steps = w->s->steps;
    const REAL till = sums[at];
    uint32_t node = unigram_code(steps[at]);
    size_t end = at + 1;
    NAME(improve)(sums, last, end, NAME(score)(u, node) + till, cells[node].id);
    node = w->s->seconds[at];
    if (node == 0) return end;
    for (;;) {
        if ((cells[node].key ^ steps[end]) >> STEP_BITS) return end;
        end++;
        NAME(improve)(sums, last, end, NAME(score)(u, node) + till, cells[node].id);
        if (!(cells[node].key & steps[end] & STEP_LABELS)) return end;
        node = cells[node].base + unigram_code(steps[end]);
    }
}

/* Takes the score of place `at` off all from there to `reach`. */
static void NAME(take_off)(REAL *sums, size_t at, size_t reach)
{
    const REAL sum = sums[at];
    for (size_t i = at; i <= reach; i++)
        sums[i] -= sum;
}

/* Walks on up to `limit`, or to a place that no piece reaches over, after enough characters. */
static void NAME(walk_on)(unigram_window *w, size_t limit)
{
    REAL *const sums = w->s->sums;
    uint32_t *const last = w->s->last;
    const uint32_t *const seconds = w->s->seconds, *const steps = w->s->steps;
    const unigram_cell *const cells = w->u->trie.cells;
    size_t at = w->at, reach = w->reach;
    const size_t enough = w->first + SETTLE;
    for (; at < limit && !(at >= enough && at == reach); at++) {
        if (sums[at] < LOWEST) NAME(take_off)(sums, at, reach);
        if (at + AHEAD + 2 < w->n) /* the third cell of a walk to come */
            __builtin_prefetch(
                &cells[cells[seconds[at + AHEAD]].base + unigram_code(steps[at + AHEAD + 2])]);
        const size_t end = NAME(walk)(w, sums, last, at);
        reach = end > reach ? end : reach;
    }
    w->at = at;
    w->reach = reach;
}

void NAME(unigram_search)(unigram_window *w)
{
    const size_t longest = w->u->longest;
    unigram_reserve(w->s, WINDOW + 2 * longest);
    ((REAL *)w->s->sums)[0] = 0;
    for (;;) {
        const size_t known = w->n;
        unigram_decode(w);
        for (size_t i = known + 1; i <= w->n; i++) {
            ((REAL *)w->s->sums)[i] = (REAL)-HUGE_VAL;
            w->s->last[i] = SM_NO_TOKEN; /* stays where scores are infinite */
        }
        const bool last = w->next == w->end;
        const size_t limit = last ? w->n : w->n - longest;
        while (w->at < limit) {
            NAME(walk_on)(w, limit);
            if (w->at == w->reach) unigram_settle(w);
        }
        if (last) return;
        unigram_make_room(w, sizeof(REAL));
    }
}
