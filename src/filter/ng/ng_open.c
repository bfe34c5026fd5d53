/* ng_open.c - opens the gate for a pattern: every pair of characters that folds to its first two.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

ng_forms ng_forms_make(const ng_fold *fold)
{
    ng_forms f = {fold, sm_calloc(NG_CODES, sizeof *f.first),
                  sm_calloc(NG_CODES, sizeof *f.next)};
    for (uint32_t c = NG_CODES - 1; c > 0; c--) {
        const uint32_t to = fold->to ? fold->to[c] : c;
        f.next[c] = f.first[to];
        f.first[to] = c;
    }
    return f;
}

void ng_forms_free(ng_forms f)
{
    sm_free(f.first);
    sm_free(f.next);
}

/* The kana that become c with a voice mark behind them: ふ and う for ぶ. They lie one or two before it. */
static size_t plain_kana(uint32_t c, uint32_t out[3])
{
    const uint32_t near[3] = {c - 1, c - 2, c >= 0x30A1 ? 0x30A6 : 0x3046};
    size_t n = 0;
    for (size_t i = 0; i < 3 && c > 0x3041 && c < 0x30FD; i++)
        if (ng_voiced(near[i], 0x3099) == c || ng_voiced(near[i], 0x309A) == c)
            out[n++] = near[i];
    return n;
}

typedef struct opener {
    ng_gate *gate;
    const ng_forms *forms;
    bool inside; /* the pattern may begin inside a Latin word */
} opener;

/* x before each form of b */
static void pair_forms(const opener *m, uint32_t x, uint32_t b)
{
    for (uint32_t y = m->forms->first[b]; y; y = m->forms->next[y])
        ng_gate_pair(m->gate, x, y, m->inside);
}

/* The pairs of raw characters with which folded text may begin that begins with (a, b). */
static void open_gate(const opener *m, uint32_t a, uint32_t b)
{
    static const uint32_t marks[] = {0x3099, 0x309A, 0x309B, 0x309C, 0xFF9E, 0xFF9F};
    const bool folds = m->forms->fold->to != NULL;
    uint32_t plain_a[3], plain_b[3];
    const size_t n_a = folds ? plain_kana(a, plain_a) : 0,
                 n_b = folds ? plain_kana(b, plain_b) : 0;
    for (uint32_t x = m->forms->first[a]; x; x = m->forms->next[x]) {
        pair_forms(m, x, b);
        for (size_t i = 0; i < n_b; i++)
            pair_forms(m, x, plain_b[i]);
        if (folds) pair_forms(m, x, NG_SKIP);
    }
    for (size_t i = 0; i < n_a; i++)
        for (uint32_t x = m->forms->first[plain_a[i]]; x; x = m->forms->next[x])
            for (size_t k = 0; k < 6; k++)
                if (ng_voiced(plain_a[i], marks[k]) == a)
                    ng_gate_pair(m->gate, x, marks[k], m->inside);
}

/* c and what it is without its voice mark: the mark may stand behind as a character of its own. */
static size_t with_plain(const ng_fold *fold, uint32_t c, uint32_t out[4])
{
    out[0] = c;
    return 1 + (fold->to && c ? plain_kana(c, out + 1) : 0);
}

/* The starts of folded text: a voiced kana that is written with a mark of its own is folded without it there. */
static void open_starts(const opener *m, const uint32_t *word, size_t n)
{
    uint32_t a[4], b[4], c[4];
    const size_t n_a = with_plain(m->forms->fold, word[0], a);
    const size_t n_b = with_plain(m->forms->fold, n > 1 ? word[1] : 0, b);
    const size_t n_c = with_plain(m->forms->fold, n > 2 ? word[2] : 0, c);
    for (size_t i = 0; i < n_a * n_b * n_c; i++)
        ng_gate_start(m->gate, a[i % n_a], b[i / n_a % n_b], c[i / n_a / n_b]);
}

void ng_gate_open(ng_gate *gate, const ng_forms *forms, const uint32_t *word, size_t n,
                  bool inside)
{
    const opener m = {gate, forms, inside};
    open_gate(&m, word[0], n > 1 ? word[1] : NG_SKIP);
    open_starts(&m, word, n);
    for (uint32_t x = n > 1 ? 0 : forms->first[word[0]]; x; x = forms->next[x])
        ng_gate_single(gate, x);
}
