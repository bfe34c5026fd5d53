/* Options of the training, and what comes out of it.
 * SPDX-License-Identifier: MIT */
#include "options.h"

#include <seimai/json.h>
#include <seimai/utf8.h>

#include "letters.h"
#include "places.h"

#include <math.h>
#include <string.h>

enum { BYTES = 256, WEIGHT_MAX = 1000 };

static const char *const alphabets[] = {[SM_ALPHABET_BYTES] = "bytes",
                                        [SM_ALPHABET_ANY_BYTES] = "any-bytes",
                                        [SM_ALPHABET_CHARACTERS] = "characters"};

sm_alphabet sm_alphabet_of(const char *name)
{
    for (size_t i = 0; i < sizeof alphabets / sizeof *alphabets; i++)
        if (strcmp(alphabets[i], name) == 0) return (sm_alphabet)i;
    return SM_ALPHABET_BYTES;
}

const char *sm_alphabet_name(sm_alphabet alphabet)
{
    return alphabets[alphabet];
}

/* Found with one half of a text, right for the other: bytes a token stay within .5 % of SentencePiece's BPE, F1 .06
 * above it, at 16, 32 and 64 thousand (tests/bench/bpe/efficiency.py). In hundredths, to be read by people. */
static double compact_share(size_t merges)
{
    const double share = .7 - .045 * log2((double)(merges ? merges : 1) / 32000);
    return fmin(fmax(round(share * 100) / 100, .5), .9);
}

double sm_aligned_share(const char *name, size_t merges)
{
    if (strcmp(name, "words") == 0) return 1;
    if (strcmp(name, "balanced") == 0) return .95;
    return strcmp(name, "compact") == 0 ? compact_share(merges) : 0;
}

sm_bpe_options sm_bpe_defaults(size_t merges)
{
    return (sm_bpe_options){.merges = merges,
                            .weight = 1.5,
                            .aligned = compact_share(merges),
                            .min_count = 2,
                            .max_chars = 16,
                            .coverage = 0.9995};
}

/* Priorities are sums of counts times a weight in thousandths: they must fit into 63 bits. */
static int check_counts(const sm_counts *counts, const sm_bpe_options *o, sm_error *err)
{
    const double weight = o->weight > 1 ? o->weight : 1;
    double sum = 0;
    for (size_t i = 0; i < sm_counts_size(counts); i++) {
        const sm_count_entry e = sm_counts_get(counts, i);
        sum += (double)e.count * (double)e.bytes.n;
        if (o->min_documents && e.documents == 0)
            SM_FAIL(err, SM_EUSAGE,
                    "a minimum of documents needs counts that know their documents");
    }
    if (sum * weight * PRIORITY_UNIT > 9e18)
        SM_FAIL(err, SM_ELIMIT, "%g bytes of text are too many for a boundary weight of %g",
                sum, o->weight);
    return 0;
}

static int check_required(const sm_bpe_options *o, sm_error *err)
{
    if (o->n_required && o->alphabet == SM_ALPHABET_ANY_BYTES)
        SM_FAIL(err, SM_EUSAGE, "required characters ask for tokens that are whole");
    for (size_t i = 0; i < o->n_required; i++) {
        const uint32_t c = o->required[i];
        if (c >= CODE_POINTS || (c >= 0xD800 && c < 0xE000))
            SM_FAIL(err, SM_EUSAGE, "U+%04X cannot be required: it is no character", c);
    }
    return 0;
}

int bpe_check_options(const sm_counts *counts, const sm_bpe_options *o, sm_error *err)
{
    if (o->merges >= INSIDE - BYTES - CODE_POINTS)
        SM_FAIL(err, SM_EUSAGE, "%zu merges are too many", o->merges);
    if (!(o->weight >= 0 && o->weight <= WEIGHT_MAX))
        SM_FAIL(err, SM_EUSAGE, "the boundary weight %g is not in [0, %d]", o->weight,
                WEIGHT_MAX);
    if (!(o->aligned >= 0 && o->aligned <= 1))
        SM_FAIL(err, SM_EUSAGE, "the aligned share %g is not in [0, 1]", o->aligned);
    if (!(o->coverage >= 0 && o->coverage <= 1))
        SM_FAIL(err, SM_EUSAGE, "the coverage %g is not in [0, 1]", o->coverage);
    if (o->min_count < 1) SM_FAIL(err, SM_EUSAGE, "the minimum count is at least 1");
    SM_TRY(check_required(o, err));
    return check_counts(counts, o, err);
}

void sm_bpe_describe(const sm_counts *counts, const sm_bpe_options *o, sm_buffer *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"documents", sm_counts_documents(counts)}, {"text_bytes", sm_counts_bytes(counts)},
        {"pretokens", sm_counts_size(counts)},      {"min_count", o->min_count},
        {"max_token_chars", o->max_chars},          {"min_documents", o->min_documents},
        {"required_characters", o->n_required}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sm_json_key(out, numbers[i].name);
        sm_json_uint(out, numbers[i].value);
    }
    sm_json_key(out, "split_digits");
    sm_json_bool(out, o->digits_apart);
    sm_json_key(out, "boundary_weight");
    sm_json_real(out, o->weight);
    sm_json_key(out, "aligned");
    sm_json_real(out, o->aligned);
}

void sm_merges_free(sm_merges *merges)
{
    sm_free(merges->chars);
    sm_free(merges->p);
    sm_free(merges->counts);
    *merges = (sm_merges){0};
}

void sm_merges_spell(const sm_merges *merges, uint32_t symbol, sm_buffer *out)
{
    if (symbol < BYTES) {
        sm_buffer_putc(out, (char)sm_byte_of_symbol(symbol));
        return;
    }
    symbol -= BYTES;
    if (symbol < merges->n_chars) {
        char bytes[4];
        sm_buffer_put(out, (sm_span){bytes, sm_utf8_put(merges->chars[symbol], bytes)});
        return;
    }
    const sm_merge *m = &merges->p[symbol - merges->n_chars];
    sm_merges_spell(merges, m->left, out);
    sm_merges_spell(merges, m->right, out);
}
