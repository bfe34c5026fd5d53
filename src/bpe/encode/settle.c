/* From the longest tokens to the right ones: check the neighbours, and step back where they do not stay apart.
 * SPDX-License-Identifier: MIT
 *
 * canonical.c says why any search will do. Here it starts from the greedy tokens, most of which are right. A check
 * that fails tries the next shorter token, else takes the one before back; the position is then dead, since the
 * tokens up to it were the only ones possible there. As soon as a position is reached that is among the greedy
 * ones, these are taken up again. Where nothing is left to take back, the stretch between two cuts is not made of
 * whole characters and is matched byte by byte. */
#include "encoder.h"

#include <string.h>

typedef struct settling {
    const sm_tokenizer *tok;
    const matcher *m;
    sm_encoder *e;
    const lane *lane;
    const uint32_t *codes;
} settling;

enum { AHEAD = 16, SOON = 4 }; /* how many steps before it is needed memory is asked for */

/* ---- two neighbours ---------------------------------------------------------------------------- */

/* canonical_pair on numbers: undoes the token of the later merge, and asks whether what then lies at the boundary
 * would have been merged before. Characters are taken apart only where `deep`. */
static bool stays_apart(const matcher *m, uint32_t a, uint32_t b, bool deep)
{
    about in_a = m->about[a], in_b = m->about[b];
    uint32_t limit = NO_NUMBER;
    for (;;) {
        if (pair_find(m, a, b) < limit) return false;
        const bool leaf_a = in_a.right == a || (in_a.character && !deep);
        const bool leaf_b = in_b.left == b || (in_b.character && !deep);
        const uint32_t rank_a = leaf_a ? 0 : a, rank_b = leaf_b ? 0 : b;
        if (rank_a > rank_b) {
            limit = a;
            a = in_a.right;
            in_a = m->about[a];
        } else if (rank_b > 0) {
            limit = b + 1;
            b = in_b.left;
            in_b = m->about[b];
        } else {
            return true;
        }
    }
}

/* Do a and b, the characters x and y at their boundary, stay apart? */
static bool fits(const settling *s, uint32_t a, uint32_t b, uint32_t x, uint32_t y)
{
    const matcher *m = s->m;
    if (a >= m->n_tokens) a = spelling_of(m, s->e, a)->last;
    if (b >= m->n_tokens) b = spelling_of(m, s->e, b)->first;
    if (a == NO_NUMBER || b == NO_NUMBER) return true;
    if (m->about[a].tangled || m->about[b].tangled)
        return canonical_pair(s->tok, m->ids[a], m->ids[b]);
    const uint32_t bit = bigram_bit(m, x, y);
    const bool strange = x >= m->n_chars || y >= m->n_chars;
    const bool deep = strange || (m->partial[bit >> 6] >> (bit & 63) & 1);
    return stays_apart(m, a, b, deep);
}

/* The same for the last token and one that begins at character `at`. */
static bool fits_at(const settling *s, uint32_t number, size_t at)
{
    const matcher *m = s->m;
    if (is_cut(m, s->codes, at)) return true;
    const uint32_t before = s->e->numbers[s->e->n - 1];
    const uint32_t x = s->codes[at - 1] & CODE_MASK, y = s->codes[at];
    const uint64_t clear =
        m->about[number].before >> code_bit(x) & m->about[before].after >> code_bit(y);
    if (x < m->n_chars && y < m->n_chars && !(clear & 1)) return true;
    return fits(s, before, number, x, y);
}

/* ---- stepping back ------------------------------------------------------------------------------- */

static uint32_t longest(const settling *s, size_t at)
{
    const matcher *m = s->m;
    cell c = m->roots[s->codes[at] & CODE_MASK];
    for (;;) {
        const uint32_t x = s->codes[++at];
        const cell child = m->cells[cell_base(c) + (x & CODE_MASK)];
        if ((child & CODE_MASK) != x) return cell_number(c);
        c = child;
    }
}

static bool is_dead(const sm_encoder *e, size_t at)
{
    return e->dead[at >> 6] >> (at & 63) & 1;
}

/* Encodes from the cut `at` to the next one by bytes; returns that. */
static size_t spell_stretch(settling *s, size_t at)
{
    sm_encoder *e = s->e;
    size_t end = at + 1;
    while (!is_cut(s->m, s->codes, end))
        end++;
    const uint32_t *byte = e->matched.at;
    const sm_span text = {(const char *)e->bytes + byte[at], byte[end] - byte[at]};
    e->later.ids.n += match_bytes(s->tok, e, text, ids_room(&e->later.ids, text.n));
    e->numbers[e->n++] = SPELT + (uint32_t)e->later.n;
    spelt_end(&e->later);
    return end;
}

/* Does a token fit the one before, and is its end not known to be no boundary? */
static bool is_open(const settling *s, uint32_t number, size_t at)
{
    return !is_dead(s->e, at + s->m->about[number].length) && fits_at(s, number, at);
}

/* What fails is most often two tokens that become two others of the same characters. Tries the shorter ones in place
 * of the token before `at`, each with the longest token behind it; true if both fit, and `at` is then their end.
 * The first one's place is marked: longer tokens are left untried there. Few tries, as each may read a long token. */
static bool guess(const settling *s, size_t *at)
{
    enum { TRIES = 8 };
    sm_encoder *e = s->e;
    const about *of = s->m->about;
    const uint32_t before = e->numbers[e->n - 1];
    const size_t from = *at - of[before].length;
    uint32_t a = of[before].shorter;
    e->n--;
    for (int tries = 0; a != NO_NUMBER && tries < TRIES; a = of[a].shorter, tries++) {
        if (!is_open(s, a, from)) continue;
        const size_t middle = from + of[a].length;
        const uint32_t b = longest(s, middle);
        e->numbers[e->n++] = a;
        if (is_open(s, b, middle)) {
            e->guessed[from >> 6] |= UINT64_C(1) << (from & 63);
            e->numbers[e->n++] = b;
            *at = middle + of[b].length;
            return true;
        }
        e->n--;
    }
    e->numbers[e->n++] = before;
    return false;
}

/* Takes the last token back from before the dead position `at`; returns the next one to try in its place. */
static uint32_t take_back(const settling *s, size_t *at)
{
    sm_encoder *e = s->e;
    const uint32_t before = e->numbers[--e->n];
    e->dead[*at >> 6] |= UINT64_C(1) << (*at & 63);
    *at -= s->m->about[before].length;
    uint64_t *guessed = &e->guessed[*at >> 6];
    const uint64_t bit = UINT64_C(1) << (*at & 63);
    if (!(*guessed & bit)) return s->m->about[before].shorter;
    *guessed ^= bit;
    return longest(s, *at);
}

/* Is `at` where greedy token *k begins, or a later one, and does that fit? Else *number is to be tried. */
static bool is_greedy_again(const settling *s, size_t at, size_t *k, uint32_t *number)
{
    const lane *l = s->lane;
    while (l->at[*k] < at)
        ++*k;
    if (at == l->stop) return true;
    const bool greedy = l->at[*k] == at;
    *number = greedy ? l->numbers[*k] : longest(s, at);
    return greedy && is_open(s, *number, at);
}

/* Greedy token k does not fit. Puts other tokens in its place and, if need be, in that of tokens before it; returns
 * the greedy token at which these end and which fits. */
static size_t step_back(settling *s, size_t k)
{
    const about *of = s->m->about;
    sm_encoder *e = s->e;
    size_t at = s->lane->at[k];
    uint32_t number = is_dead(e, at) ? NO_NUMBER : of[s->lane->numbers[k]].shorter;
    if (guess(s, &at) && is_greedy_again(s, at, &k, &number)) return k;
    for (;;) {
        if (number == NO_NUMBER && !is_cut(s->m, s->codes, at)) {
            number = take_back(s, &at);
            continue;
        }
        if (number == NO_NUMBER) {
            at = spell_stretch(s, at);
        } else if (is_open(s, number, at)) {
            e->numbers[e->n++] = number;
            at += of[number].length;
        } else {
            number = of[number].shorter;
            continue;
        }
        if (is_greedy_again(s, at, &k, &number)) return k;
    }
}

/* ---- a lane ---------------------------------------------------------------------------------------- */

/* Boundaries k that are a bigram of some token, or have a character beside them that the tables do not know.
 * Without jumps, for the same reason as in greedy.c. */
static size_t find_bigrams(const settling *s, uint32_t *list)
{
    const matcher *m = s->m;
    const lane *l = s->lane;
    size_t n = 0;
    for (size_t k = 1; k < l->n; k++) {
        const uint32_t y = s->codes[l->at[k]], x = s->codes[l->at[k] - 1] & CODE_MASK;
        const uint32_t code = y & CODE_MASK, bit = bigram_bit(m, x, code);
        const uint64_t meet = m->bigrams[bit >> 6] >> (bit & 63) & 1;
        const uint64_t strange = (x >= m->n_chars) | (code >= m->n_chars);
        list[n] = (uint32_t)k;
        n += (meet | strange) & (y < START);
    }
    return n;
}

/* … of these, the ones whose signatures meet. Their tokens are in any place of a large table, so that they are asked
 * for some steps before. */
static size_t find_suspects(const settling *s, uint32_t *list, size_t n_bigrams)
{
    const matcher *m = s->m;
    const lane *l = s->lane;
    size_t n = 0;
    for (size_t i = 0; i < n_bigrams; i++) {
        const size_t k = list[i], soon = list[i + AHEAD < n_bigrams ? i + AHEAD : i];
        __builtin_prefetch(&m->about[l->numbers[soon]]);
        __builtin_prefetch(&m->about[l->numbers[soon - 1]]);
        const uint32_t y = s->codes[l->at[k]], x = s->codes[l->at[k] - 1] & CODE_MASK;
        const uint64_t meet = m->about[l->numbers[k]].before >> code_bit(x) &
                              m->about[l->numbers[k - 1]].after >> code_bit(y) & 1;
        const uint64_t strange = (x >= m->n_chars) | (y >= m->n_chars);
        list[n] = (uint32_t)k;
        n += meet | strange;
    }
    return n;
}

/* Asks for what the check of boundary k will read: the pair, what lies below it, what stepping back tries first.
 * In line by order: GCC takes a function that only prefetches for one that does nothing, and drops its calls. */
__attribute__((always_inline)) static inline void fetch(const settling *s, size_t k)
{
    const matcher *m = s->m;
    const uint32_t a = s->lane->numbers[k - 1], b = s->lane->numbers[k];
    const uint64_t h = pair_hash(pair_key(a, b));
    const about *in_a = &m->about[a], *in_b = &m->about[b];
    __builtin_prefetch(&m->pair_filter[h >> m->filter_shift >> 6]);
    __builtin_prefetch(&m->pairs[h >> m->pair_shift]);
    __builtin_prefetch(&m->about[in_a->right]);
    __builtin_prefetch(&m->about[in_b->left]);
    if (in_a->shorter != NO_NUMBER) __builtin_prefetch(&m->about[in_a->shorter]);
}

static void copy_greedy(settling *s, size_t from, size_t to)
{
    memcpy(s->e->numbers + s->e->n, s->lane->numbers + from, (to - from) * sizeof(uint32_t));
    s->e->n += to - from;
}

void settle_lane(const sm_tokenizer *tok, sm_encoder *e, const lane *l)
{
    settling s = {tok, tok->matcher, e, l, e->matched.codes};
    const size_t n = find_suspects(&s, e->suspects, find_bigrams(&s, e->suspects));
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t k = e->suspects[i], at = l->at[k];
        if (i + SOON < n) fetch(&s, e->suspects[i + SOON]);
        if (k <= done) continue; /* stepping back has settled it */
        copy_greedy(&s, done, k);
        done = k;
        const uint32_t x = s.codes[at - 1] & CODE_MASK;
        if (!fits(&s, l->numbers[k - 1], l->numbers[k], x, s.codes[at]))
            done = step_back(&s, k);
    }
    copy_greedy(&s, done, l->n);
}
