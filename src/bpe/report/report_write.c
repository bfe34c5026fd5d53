/* A report on tokenizers as text and as JSON.
 * SPDX-License-Identifier: MIT */
#include <seimai/json.h>
#include <seimai/tokenizer_report.h>
#include <seimai/utf8.h>

#include <string.h>

enum { NAME = 14, FIGURE = 6, COUNT = 12 }; /* widths, so that a line fits 80 columns */

/* ---- the table -------------------------------------------------------------------------------- */

static const struct column {
    const char *title, *key;
    size_t offset; /* in sm_figures */
} columns[] = {
    {"c/tok", "chars_per_token", offsetof(sm_figures, chars_per_token)},
    {"B/tok", "bytes_per_token", offsetof(sm_figures, bytes_per_token)},
    {"t/mor", "tokens_per_morpheme", offsetof(sm_figures, tokens_per_morpheme)},
    {"prec", "boundary_precision", offsetof(sm_figures, boundary_precision)},
    {"recall", "boundary_recall", offsetof(sm_figures, boundary_recall)},
    {"F1", "boundary_f1", offsetof(sm_figures, boundary_f1)},
    {"broken", "broken_share", offsetof(sm_figures, broken_share)},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static double figure(const sm_figures *f, size_t column)
{
    double v;
    memcpy(&v, (const char *)f + columns[column].offset, sizeof v);
    return v;
}

static void put_figures(const sm_token_subject *subjects, size_t n, sm_buffer *out)
{
    sm_buffer_printf(out, "%-*s %*s", NAME, "tokenizer", FIGURE, "ids");
    for (size_t k = 0; k < COLUMNS; k++)
        sm_buffer_printf(out, " %*s", FIGURE, columns[k].title);
    sm_buffer_printf(out, " %*s\n", FIGURE, "used");
    for (size_t i = 0; i < n; i++) {
        const sm_figures f = sm_token_tally_figures(&subjects[i].tally);
        sm_buffer_printf(out, "%-*s %*zu", NAME, subjects[i].name, FIGURE,
                         sm_tokenizer_size(subjects[i].tok));
        for (size_t k = 0; k < COLUMNS; k++)
            sm_buffer_printf(out, " %*.3f", FIGURE, figure(&f, k));
        sm_buffer_printf(out, " %*llu\n", FIGURE, (unsigned long long)f.used);
    }
    sm_buffer_puts(out, "c/tok, B/tok: characters and bytes a token; t/mor: tokens a morpheme; "
                        "prec, recall,\nF1: of token edges against MeCab's; broken: share of "
                        "tokens that cut a character\n");
}

static void count_kinds(const sm_tokenizer *tok, uint64_t kinds[SM_TOKEN_KINDS])
{
    memset(kinds, 0, SM_TOKEN_KINDS * sizeof *kinds);
    for (uint32_t id = 0; id < sm_tokenizer_size(tok); id++)
        kinds[sm_token_kind_of(tok, id)]++;
}

/* A row a kind, a column a tokenizer. */
static void put_kinds(const sm_token_subject *subjects, size_t n, sm_buffer *out)
{
    sm_buffer_printf(out, "\n%-*s", NAME, "ids by kind");
    for (size_t i = 0; i < n; i++)
        sm_buffer_printf(out, " %*s", COUNT, subjects[i].name);
    sm_buffer_putc(out, '\n');
    for (int k = 0; k < SM_TOKEN_KINDS; k++) {
        sm_buffer_printf(out, "%-*s", NAME, sm_token_kind_name((sm_token_kind)k));
        for (size_t i = 0; i < n; i++) {
            uint64_t kinds[SM_TOKEN_KINDS];
            count_kinds(subjects[i].tok, kinds);
            sm_buffer_printf(out, " %*llu", COUNT, (unsigned long long)kinds[k]);
        }
        sm_buffer_putc(out, '\n');
    }
}

static void put_token(sm_span bytes, sm_buffer *out)
{
    if (sm_utf8_check(bytes) == bytes.n) {
        sm_buffer_put(out, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.n; i++)
        sm_buffer_printf(out, "<%02X>", (unsigned char)bytes.p[i]);
}

static void put_sentences(const sm_token_subject *subjects, size_t n, const sm_span *sentences,
                          size_t n_sentences, sm_buffer *out)
{
    sm_encoder *encoder = sm_encoder_new();
    sm_ids ids = {0};
    for (size_t s = 0; s < n_sentences; s++) {
        sm_buffer_putc(out, '\n');
        for (size_t i = 0; i < n; i++) {
            const sm_token_subject *who = &subjects[i];
            ids.n = 0;
            sm_tokenizer_encode(who->tok, encoder, sentences[s], &ids);
            sm_buffer_printf(out, "%-*s ", NAME, who->name);
            for (size_t k = 0; k < ids.n; k++) {
                if (k) sm_buffer_putc(out, '|');
                put_token(sm_tokenizer_bytes(who->tok, ids.p[k]), out);
            }
            sm_buffer_putc(out, '\n');
        }
    }
    sm_encoder_free(encoder);
    sm_ids_free(&ids);
}

void sm_token_report_json(const sm_token_subject *subjects, size_t n, sm_buffer *b)
{
    sm_json_open(b, '[');
    for (size_t i = 0; i < n; i++) {
        const sm_token_subject *who = &subjects[i];
        const sm_figures f = sm_token_tally_figures(&who->tally);
        uint64_t kinds[SM_TOKEN_KINDS];
        sm_json_open(b, '{');
        sm_json_key(b, "name");
        sm_json_string(b, sm_span_of(who->name));
        sm_json_key(b, "vocab");
        sm_json_uint(b, sm_tokenizer_size(who->tok));
        for (size_t k = 0; k < COLUMNS; k++) {
            sm_json_key(b, columns[k].key);
            sm_json_real(b, figure(&f, k));
        }
        sm_json_key(b, "used");
        sm_json_uint(b, f.used);
        sm_json_key(b, "documents");
        sm_json_uint(b, who->tally.documents);
        sm_json_key(b, "bytes");
        sm_json_uint(b, who->tally.bytes);
        sm_json_key(b, "ids_by_kind");
        sm_json_open(b, '{');
        count_kinds(who->tok, kinds);
        for (int k = 0; k < SM_TOKEN_KINDS; k++) {
            sm_json_key(b, sm_token_kind_name((sm_token_kind)k));
            sm_json_uint(b, kinds[k]);
        }
        sm_json_close(b, '}');
        sm_json_close(b, '}');
    }
    sm_json_close(b, ']');
    sm_buffer_putc(b, '\n');
}

void sm_token_report_text(const sm_token_subject *subjects, size_t n, const sm_span *sentences,
                          size_t n_sentences, sm_buffer *out)
{
    put_figures(subjects, n, out);
    put_kinds(subjects, n, out);
    put_sentences(subjects, n, sentences, n_sentences, out);
}
