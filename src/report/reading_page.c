/* How a model reads a sentence: surprisal and expectations: see seimai/reading_page.h.
 * SPDX-License-Identifier: MIT */
#include "page_internal.h"
#include "reading_internal.h"

#include <seimai/utf8.h>

#include <math.h>
#include <stdio.h>

#define FULL_COLOUR 12.0 /* bits: a token of one in 4,096 */

/* ---- words and tokens --------------------------------------------------------------------------- */

const char *say(const reading_view *v, const char *english, const char *japanese)
{
    return v->language == SM_JAPANESE ? japanese : english;
}

/* Spaces and line ends, made visible: what stands for the beginning of a text, and how long it is. */
static const char *sign_of(sm_span text, size_t *n)
{
    static const struct {
        sm_span space;
        const char *sign;
    } signs[] = {{{" ", 1}, "␣"}, {{"\n", 1}, "↵"}, {{"\t", 1}, "⇥"}, {{"\u3000", 3}, "□"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        *n = signs[i].space.n;
        if (sm_span_starts(text, signs[i].space)) return signs[i].sign;
    }
    *n = 1;
    return NULL;
}

/* A sign in the soft colour; inside SVG there is no <u>. */
static void put_sign(reading_view *v, const char *sign)
{
    const char *const element = v->in_svg ? "tspan" : "u";
    sm_buffer_printf(v->out, "<%s>%s</%s>", element, sign, element);
}

static void put_characters(reading_view *v, sm_span text)
{
    size_t plain = 0, n = 0;
    for (size_t i = 0; i < text.n; i += n) {
        const char *const sign = sign_of((sm_span){text.p + i, text.n - i}, &n);
        if (!sign) continue;
        sm_page_escape(v->out, (sm_span){text.p + plain, i - plain});
        put_sign(v, sign);
        plain = i + n;
    }
    sm_page_escape(v->out, (sm_span){text.p + plain, text.n - plain});
}

void put_visible_token(reading_view *v, sm_span bytes)
{
    while (bytes.n > 0) {
        char hex[16];
        const size_t whole = sm_utf8_check(bytes);
        put_characters(v, (sm_span){bytes.p, whole});
        bytes = (sm_span){bytes.p + whole, bytes.n - whole};
        if (bytes.n == 0) break;
        (void)snprintf(hex, sizeof hex, "&lt;%02X&gt;", (unsigned)(unsigned char)bytes.p[0]);
        put_sign(v, hex);
        bytes = (sm_span){bytes.p + 1, bytes.n - 1};
    }
}

void put_place(reading_view *v, size_t i)
{
    if (i == 0)
        put_sign(v, "▷");
    else
        put_visible_token(v, v->r->tokens[i]);
}

/* ---- the sentence in colour ------------------------------------------------------------------------ */

static void put_coloured(reading_view *v, size_t i)
{
    const sm_model_reading *const r = v->r;
    const double bits = (double)r->surprisal[i];
    sm_buffer_printf(v->out, "<span style=\"--v:%.2f\" title=\"",
                     fmin(fmax(bits / FULL_COLOUR, 0.0), 1.0));
    sm_buffer_printf(v->out, "p = %.3g · %u", exp2(-bits), r->rank[i] + 1);
    sm_buffer_puts(v->out, "\"><b>");
    put_place(v, i);
    sm_buffer_printf(v->out, "</b><small>%.1f</small></span>", bits);
}

static void draw_sentence(reading_view *v)
{
    sm_page_section(&v->page, say(v, "How surprising each token is", "各トークンの意外さ"));
    sm_page_paragraph(
        &v->page, say(v,
                      "The number below a token is its surprisal in bits: −log₂ of the "
                      "probability that the model gave it. One bit is the toss of a coin; "
                      "the stronger the colour, the less it was expected.",
                      "数字は意外さ（ビット）、つまりモデルがそのトークンに与えた確率の −log₂ "
                      "です。1ビットは硬貨投げ1回分。色が濃いほど予想外でした。"));
    sm_buffer_puts(v->out, "<figure class=\"reading\" lang=\"ja\">\n");
    for (size_t i = 1; i < v->r->n; i++)
        put_coloured(v, i);
    sm_buffer_puts(v->out, "\n</figure>\n");
}

/* ---- what comes next ---------------------------------------------------------------------------------- */

/* A line of a card: a token, a bar, a share; `came` marks the token that really followed. */
static void put_guess(reading_view *v, sm_span bytes, double p, double longest, bool came)
{
    sm_buffer_printf(v->out, "<li%s><span>", came ? " class=\"came\"" : "");
    put_visible_token(v, bytes);
    sm_buffer_printf(v->out, "</span><i style=\"--w:%.1f%%\"></i><em>",
                     longest > 0 ? 100 * p / longest : 0.0);
    sm_buffer_printf(v->out, p < .001 ? "%.1e" : "%.1f&thinsp;%%", p < .001 ? p : 100 * p);
    sm_buffer_puts(v->out, "</em></li>\n");
}

/* Behind place i: its best guesses, and the token that came if it is not among them. */
static void put_card(reading_view *v, size_t i)
{
    enum { CONTEXT = 3 };
    const sm_model_reading *const r = v->r;
    const sm_reading_guess *const guess = r->expected + i * r->k;
    sm_buffer_puts(v->out, "<figure><h3 lang=\"ja\">");
    for (size_t c = i > CONTEXT ? i - CONTEXT : 0; c < i; c++)
        put_place(v, c);
    sm_buffer_puts(v->out, "<b>");
    put_place(v, i);
    sm_buffer_puts(v->out, "</b> →</h3>\n<ol>\n");
    for (size_t g = 0; g < r->k; g++)
        put_guess(v, guess[g].bytes, guess[g].p, guess[0].p,
                  i + 1 < r->n && r->rank[i + 1] == g);
    sm_buffer_puts(v->out, "</ol>\n");
    if (i + 1 < r->n && r->rank[i + 1] >= r->k) {
        sm_buffer_printf(v->out, "<ol start=\"%u\">\n", r->rank[i + 1] + 1);
        put_guess(v, r->tokens[i + 1], exp2(-(double)r->surprisal[i + 1]), guess[0].p, true);
        sm_buffer_puts(v->out, "</ol>\n");
    }
    sm_buffer_puts(v->out, "</figure>\n");
}

static void draw_expectations(reading_view *v)
{
    sm_page_section(&v->page, say(v, "What it expects next", "次に来ると予想したもの"));
    sm_page_paragraph(
        &v->page, say(v,
                      "Behind each place the most probable next tokens. The one that "
                      "came is marked, with its place in the order.",
                      "各位置で次に来る確率の高いトークンです。実際に来たトークンには印があり、"
                      "番号は順位です。"));
    sm_buffer_puts(v->out, "<div class=\"cards\">\n");
    for (size_t i = 0; i < v->r->n; i++)
        put_card(v, i);
    sm_buffer_puts(v->out, "</div>\n");
}

/* ---- the page -------------------------------------------------------------------------------------------- */

static void draw_facts(reading_view *v)
{
    const sm_model_reading *const r = v->r;
    sm_arena arena = {0};
    double bits = 0.0;
    size_t bytes = 0, characters = 0, first = 0;
    for (size_t i = 1; i < r->n; i++) {
        bits += (double)r->surprisal[i];
        bytes += r->tokens[i].n;
        for (size_t b = 0; b < r->tokens[i].n; b++)
            characters += ((unsigned char)r->tokens[i].p[b] & 0xC0) != 0x80;
        first += r->rank[i] == 0;
    }
    const double tokens = (double)(r->n - 1);
    const sm_fact facts[] = {
        {say(v, "tokens", "トークン"), sm_arena_printf(&arena, "%zu", r->n - 1), NULL},
        {say(v, "bits a token", "ビット／トークン"),
         sm_arena_printf(&arena, "%.2f", bits / tokens), NULL},
        {say(v, "bits a character", "ビット／文字"),
         sm_arena_printf(&arena, "%.2f", bits / (double)characters), NULL},
        {say(v, "bits a byte", "ビット／バイト"),
         sm_arena_printf(&arena, "%.3f", bits / (double)bytes), NULL},
        {say(v, "first choices", "第1候補が的中"),
         sm_arena_printf(&arena, "%.0f %%", 100 * (double)first / tokens), NULL}};
    sm_page_facts(&v->page, facts, sizeof facts / sizeof *facts);
    sm_arena_free(&arena);
}

int sm_reading_page(const sm_model_reading *reading, sm_language language, sm_buffer *out,
                    sm_error *err)
{
    reading_view v = {.r = reading, .language = language, .page = {.out = out}, .out = out};
    page_head(out, say(&v, "en", "ja"), say(&v, "How a model reads", "モデルの読み方"),
              reading->model, reading_style);
    draw_facts(&v);
    draw_sentence(&v);
    draw_expectations(&v);
    draw_attention(&v);
    if (reading->run) SM_TRY(sm_report_run(&v.page, reading->run, err));
    return sm_page_close(&v.page, err);
}
