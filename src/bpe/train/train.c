/* The training loop: two texts, one result.
 * SPDX-License-Identifier: MIT
 *
 * Where every token is whole, merges are of two kinds: those inside a character, and those of whole characters. The
 * first kind depends on nothing but how often each character occurs, so it is learnt from a text of its own,
 * in which each distinct character stands once; the pre-tokens are laid out as characters, a third of the
 * places that bytes would take. Both kinds compete in one order, as if they stood in one queue. A pair of
 * characters waits until both are tokens. With an alphabet of characters, and with any bytes, there is one text. */
#include <seimai/bpe_train.h>
#include <seimai/utf8.h>

#include "../intern.h"
#include "learner.h"
#include "letters.h"
#include "options.h"
#include "reach.h"

#include <math.h>
#include <string.h>

enum { BYTES = 256 };

typedef struct trainer {
    const sm_bpe_options *options;
    sm_merges *out;
    learner words;    /* the pre-tokens */
    learner spelling; /* the characters; empty unless inner merges are learnt apart */
    letters letters;
    reach reach;
    intern vetoed;
    size_t merges, inner; /* how many in all; how many so far are inside a character */
    bool soft;            /* crossings weigh */
} trainer;

/* ---- choosing -------------------------------------------------------------------------------- */

typedef struct choice {
    learner *of;
    pair *p;
    queue_entry at;
} choice;

static bool is_better(const queue_entry *a, const queue_entry *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->key < b->key;
}

/* The best pair of both texts; of == NULL when there is none. */
static choice best(trainer *t)
{
    for (;;) {
        choice word = {.of = &t->words}, inner = {.of = &t->spelling};
        word.p = learner_top(&t->words, &word.at);
        inner.p = t->spelling.n_units ? learner_top(&t->spelling, &inner.at) : NULL;
        if (word.p) return inner.p && is_better(&inner.at, &word.at) ? inner : word;
        const int64_t floor = (int64_t)t->words.floor * PRIORITY_UNIT;
        if (inner.p && inner.at.priority >= floor) return inner;
        if (!learner_lower(&t->words)) return inner.p ? inner : (choice){0};
    }
}

static bool is_forbidden(const trainer *t, sm_span token)
{
    const sm_bpe_options *o = t->options;
    if (t->vetoed.n > 0 && intern_find(&t->vetoed, token) != INTERN_NONE) return true;
    return o->refuses && o->refuses(o->judge, token);
}

static bool is_vetoed(const trainer *t, const choice *c)
{
    const uint64_t least = c->of == &t->words ? t->options->min_documents : 0;
    if (least > 0 && !learner_stands_in(c->of, c->p, least)) return true;
    if (t->vetoed.n == 0 && !t->options->refuses) return false;
    sm_buffer spelled = sm_buffer_make(UINT32_MAX);
    sm_merges_spell(t->out, pair_left(c->at.key), &spelled);
    sm_merges_spell(t->out, pair_right(c->at.key), &spelled);
    const bool forbidden = is_forbidden(t, sm_buffer_span(&spelled));
    sm_buffer_free(&spelled);
    return forbidden;
}

/* ---- merging --------------------------------------------------------------------------------- */

static uint32_t next_symbol(const trainer *t)
{
    return (uint32_t)(BYTES + t->out->n_chars + t->out->n);
}

static void put_merge(trainer *t, sm_merge m, uint64_t count)
{
    t->out->counts[t->out->n] = count;
    t->out->p[t->out->n++] = m;
    t->out->n_aligned += t->soft;
}

/* A merge of bytes that makes a character lets pairs with it come forth. */
static void complete(trainer *t, uint32_t symbol)
{
    sm_buffer spelled = sm_buffer_make(UINT32_MAX);
    sm_merges_spell(t->out, symbol, &spelled);
    const sm_span s = sm_buffer_span(&spelled);
    if (sm_utf8_check(s) == s.n) {
        const char *p = s.p;
        const uint32_t unit = t->letters.unit_of[sm_utf8_next(&p, s.p + s.n)];
        if (unit != NO_LETTER) learner_complete(&t->words, unit, symbol);
    }
    sm_buffer_free(&spelled);
}

static void merge(trainer *t, const choice *c)
{
    const uint32_t symbol = next_symbol(t);
    const sm_merge m = {pair_left(c->at.key), pair_right(c->at.key)};
    put_merge(t, m, (uint64_t)c->p->sum.count);
    learner_merge(c->of, c->p, symbol);
    if (c->of != &t->spelling) return;
    t->inner++;
    complete(t, symbol);
    reach_learn(&t->reach, m.left, m.right, symbol);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void harden(trainer *t)
{
    t->soft = false;
    learner_harden(&t->words);
}

/* The symbols that required characters will still take; an upper bound is enough while there is room. */
static size_t reserved(trainer *t)
{
    const size_t room = t->merges - t->out->n;
    if (t->reach.n * 3 < room) return 0;
    return reach_plan(&t->reach, next_symbol(t));
}

/* The share is of the merges that edges can concern. Nearly all inner ones come early: what there are so far is
 * what there will be. */
static bool is_hardened(const trainer *t)
{
    const double outer = t->options->aligned * (double)(t->merges - t->inner);
    return t->out->n - t->inner >= (size_t)llround(outer);
}

static void learn(trainer *t)
{
    while (t->out->n + reserved(t) < t->merges) {
        if (t->soft && is_hardened(t)) harden(t);
        const choice c = best(t);
        if (!c.of && t->soft && t->options->aligned < 1) {
            harden(t);
            continue;
        }
        if (!c.of) break;
        if (is_vetoed(t, &c))
            learner_veto(c.of, c.p);
        else
            merge(t, &c);
    }
}

static void add_required(trainer *t)
{
    t->reach.settled = false; /* symbols of the plan follow those that there are now */
    const size_t n = reach_plan(&t->reach, next_symbol(t));
    t->soft = false;
    for (size_t i = 0; i < n; i++)
        put_merge(t, t->reach.missing[i], 0);
}

/* ---- set-up ---------------------------------------------------------------------------------- */

/* A pair that makes one of the last merges has some tenth of the mean number of occurrences a merge; a third of
 * that is low enough to be right nearly always. */
static uint64_t first_floor(const trainer *t)
{
    enum { SHARE = 40 };
    if (t->options->floor) return t->options->floor;
    return t->letters.total / (t->options->merges * SHARE + 1);
}

/* How the result calls the units, and how many characters begin in each. */
typedef struct naming {
    uint32_t *output, *chars;
} naming;

static naming name_units(const trainer *t, size_t n)
{
    naming names = {sm_malloc((n + 1) * sizeof(uint32_t)),
                    sm_malloc((n + 1) * sizeof(uint32_t))};
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t c = t->letters.code ? t->letters.code[i] : 0;
        names.chars[i] = 1;
        if (!t->letters.code) {
            names.output[i] = i;
            names.chars[i] = (sm_byte_of_symbol(i) & 0xC0) != 0x80;
        } else if (t->options->alphabet == SM_ALPHABET_CHARACTERS) {
            names.output[i] = BYTES + i;
        } else {
            names.output[i] = c < 0x80 ? sm_symbol_of_byte((uint8_t)c) : WALL;
        }
    }
    return names;
}

static int init_words(trainer *t, const sm_counts *counts, sm_error *err)
{
    const sm_bpe_options *o = t->options;
    const bool bytes = o->alphabet == SM_ALPHABET_ANY_BYTES;
    const size_t n = bytes ? BYTES : t->letters.n;
    const naming names = name_units(t, n);
    const learner_setup setup = {.units = {bytes ? NULL : t->letters.unit_of, o->digits_apart},
                                 .n_units = n,
                                 .output = names.output,
                                 .chars = names.chars,
                                 .weight = t->soft ? llround(o->weight * PRIORITY_UNIT) : 0,
                                 .floor = first_floor(t),
                                 .threads = o->threads > 1 ? o->threads : 1,
                                 .with_documents = o->min_documents > 0};
    const int rc = learner_init(&t->words, counts, o, &setup, err);
    sm_free(names.output);
    sm_free(names.chars);
    return rc;
}

/* The characters as a text of bytes. */
static int init_spelling(trainer *t, sm_error *err)
{
    uint32_t output[BYTES], chars[BYTES] = {0};
    for (uint32_t i = 0; i < BYTES; i++)
        output[i] = i;
    const learner_setup setup = {
        .n_units = BYTES, .output = output, .chars = chars, .threads = 1};
    sm_counts *table = letters_table(&t->letters);
    const int rc = learner_init(&t->spelling, table, t->options, &setup, err);
    sm_counts_free(table);
    return rc;
}

static int choose_alphabet(trainer *t, sm_error *err)
{
    const sm_bpe_options *o = t->options;
    letters *l = &t->letters;
    if (o->alphabet == SM_ALPHABET_BYTES) letters_choose_frequent(l, o->min_count);
    if (o->alphabet != SM_ALPHABET_CHARACTERS) return 0;
    letters_choose_covering(l, o->coverage, o->required, o->n_required);
    if (l->n > o->merges)
        SM_FAIL(err, SM_EUSAGE, "the alphabet's %zu characters do not fit into %zu symbols",
                l->n, o->merges);
    t->merges = o->merges - l->n;
    t->out->n_chars = l->n;
    t->out->chars = sm_malloc((l->n + 1) * sizeof *t->out->chars);
    if (l->n) memcpy(t->out->chars, l->code, l->n * sizeof *l->code);
    return 0;
}

static int trainer_init(trainer *t, const sm_counts *counts, sm_error *err)
{
    const sm_bpe_options *o = t->options;
    t->merges = o->merges;
    letters_init(&t->letters, counts);
    SM_TRY(choose_alphabet(t, err));
    t->out->p = sm_malloc(t->merges * sizeof *t->out->p);
    t->out->counts = sm_malloc(t->merges * sizeof *t->out->counts);
    for (size_t i = 0; i < o->n_vetoed; i++)
        (void)intern_add(&t->vetoed, o->vetoed[i]);
    if (o->alphabet == SM_ALPHABET_BYTES) {
        t->reach = (reach){.required = o->required, .n = o->n_required};
        if (reach_plan(&t->reach, BYTES) > t->merges)
            SM_FAIL(err, SM_EUSAGE,
                    "the required characters take %zu symbols, more than the %zu",
                    t->reach.n_missing, t->merges);
        SM_TRY(init_spelling(t, err));
    }
    return init_words(t, counts, err);
}

static void trainer_fini(trainer *t)
{
    learner_fini(&t->words);
    learner_fini(&t->spelling);
    letters_fini(&t->letters);
    reach_fini(&t->reach);
    intern_free(&t->vetoed);
}

int sm_bpe_train(const sm_counts *counts, const sm_bpe_options *options, sm_merges *merges,
                 sm_error *err)
{
    *merges = (sm_merges){.alphabet = options->alphabet};
    SM_TRY(bpe_check_options(counts, options, err));
    trainer t = {.options = options, .out = merges};
    t.soft = options->weight > 0 && options->aligned > 0 && sm_counts_is_tagged(counts);
    const int rc = trainer_init(&t, counts, err);
    if (rc == 0) {
        learn(&t);
        add_required(&t);
    }
    trainer_fini(&t);
    if (rc < 0) sm_merges_free(merges);
    return rc;
}
