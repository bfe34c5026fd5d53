/* The search for the best cut, written once for two precisions: REAL and NAME(…) are defined by who includes it.
 * SPDX-License-Identifier: MIT
 *
 * The best score at a place is the best over the pieces that end there of the piece's score and the best score
 * where it begins (Viterbi 1967). From each place the trie is walked once; the pieces met improve the places
 * where they end, and the earlier of equals stands. Where no piece reaches over a place, all before it is
 * settled: it is written out, and the memory in use does not grow with the text. */

typedef struct NAME(place) {
    REAL score;
    uint32_t cell;   /* of the last piece; 0 of a character that is no piece */
    uint32_t length; /* of the last piece, so that going back waits for no table */
} NAME(place);

/* A piece of `length` characters ends at place `end`. */
static inline void NAME(improve)(NAME(place) * places, size_t end, REAL score, uint32_t cell,
                                 size_t length)
{
    const NAME(place) other = {score, cell, (uint32_t)length};
    places[end] = score > places[end].score ? other : places[end];
}

/* Meets every piece that begins at place `at`; gives the farthest place that one may reach. */
static inline size_t NAME(walk)(const unigram_window *w, NAME(place) * places, size_t at)
{
    const unigram *u = w->u;
    const unigram_cell *cells = u->trie.cells;
    const uint32_t *codes = w->s->codes;
    const REAL till = places[at].score;
    uint32_t node = codes[at] & (CODE_MORE - 1);
    size_t end = at + 1;
    if (cells[node].score > -INFINITY)
        NAME(improve)(places, end, NAME(score)(u, node) + till, node, 1);
    else
        NAME(improve)(places, end, (REAL)u->unk_score + till, 0, 1);
    if (!(codes[at] & CODE_MORE)) return end;
    for (;;) {
        const uint32_t code = codes[end] & (CODE_MORE - 1);
        const uint32_t next = cells[node].base + code;
        if (!(cells[node].labels >> (code & 31) & 1) || cells[next].parent != node) return end;
        node = next;
        end++;
        NAME(improve)(places, end, NAME(score)(u, node) + till, node, end - at);
    }
}

/* Takes the score of place `at` off all from there to `reach`. */
static void NAME(take_off)(NAME(place) * places, size_t at, size_t reach)
{
    const REAL sum = places[at].score;
    for (size_t i = at; i <= reach; i++)
        places[i].score -= sum;
}

/* Where the walk from a place to come will first miss the cache, if there is more than one step to it: the cell of its
 * second character; and, when that one is there, that of its third. (The caller prefetches: a function that does
 * nothing else is one that does nothing, to GCC.) */
static inline const unigram_cell *NAME(second)(const unigram_window *w, size_t at)
{
    const uint32_t *codes = w->s->codes;
    const unigram_cell *cells = w->u->trie.cells;
    return &cells[cells[codes[at] & (CODE_MORE - 1)].base + (codes[at + 1] & (CODE_MORE - 1))];
}

static inline const unigram_cell *NAME(third)(const unigram_window *w, size_t at)
{
    return &w->u->trie
                .cells[NAME(second)(w, at)->base + (w->s->codes[at + 2] & (CODE_MORE - 1))];
}

/* Walks on up to `limit`, or to a place that no piece reaches over, after enough characters. */
static void NAME(walk_on)(unigram_window *w, size_t limit)
{
    NAME(place) *const places = w->s->places;
    size_t at = w->at, reach = w->reach;
    const size_t enough = w->first + SETTLE;
    for (; at < limit && !(at >= enough && at == reach); at++) {
        if (places[at].score < LOWEST) NAME(take_off)(places, at, reach);
        if (at + AHEAD < w->n) {
            __builtin_prefetch(NAME(second)(w, at + AHEAD));
            __builtin_prefetch(NAME(third)(w, at + AHEAD / 2));
        }
        const size_t end = NAME(walk)(w, places, at);
        reach = end > reach ? end : reach;
    }
    w->at = at;
    w->reach = reach;
}

/* Finds the best cut of what lies between `first` and `at` from its end: where its pieces end, the last one first. */
static size_t NAME(trace)(const unigram_window *w)
{
    const NAME(place) *const places = w->s->places;
    uint32_t *const path = w->s->path;
    size_t n = 0;
    for (size_t at = w->at; at > w->first; at -= places[at].length)
        path[n++] = (uint32_t)at;
    return n;
}

/* Writes the ids of that cut. They are looked up apart from the steps back, so that no look-up waits for another. */
static void NAME(settle)(unigram_window *w)
{
    const unigram *u = w->u;
    const unigram_scratch *s = w->s;
    const NAME(place) *const places = s->places;
    for (size_t i = NAME(trace)(w); i-- > 0;) {
        const uint32_t end = s->path[i], cell = places[end].cell;
        if (cell == 0 && u->falls_back) {
            const size_t from = s->starts[end - 1];
            unigram_put_bytes(u, (sm_span){w->origin + from, s->starts[end] - from}, w->ids);
        } else {
            sm_ids_put(w->ids, cell == 0 ? u->unk : u->trie.ids[cell]);
        }
    }
    w->first = w->at;
}

static void NAME(clear)(unigram_window *w, size_t from)
{
    const NAME(place) unknown = {(REAL)-INFINITY, 0, 0};
    NAME(place) *const places = w->s->places;
    for (size_t i = from; i < w->n; i++)
        places[i + 1] = unknown;
}

void NAME(unigram_search)(unigram_window *w)
{
    const size_t longest = w->u->longest;
    unigram_reserve(w->s, WINDOW + 2 * longest, sizeof(NAME(place)));
    ((NAME(place) *)w->s->places)[0] = (NAME(place)){0, 0, 0};
    for (;;) {
        const size_t known = w->n;
        unigram_decode(w);
        NAME(clear)(w, known);
        const bool last = w->next == w->end;
        const size_t limit = last ? w->n : w->n - longest;
        while (w->at < limit) {
            NAME(walk_on)(w, limit);
            if (w->at == w->reach) NAME(settle)(w);
        }
        if (last) return;
        unigram_make_room(w, sizeof(NAME(place)));
    }
}
