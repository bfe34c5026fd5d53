/* Tokens as the formats spell them.
 * SPDX-License-Identifier: MIT */
#include "export_internal.h"

#include <seimai/bpe_train.h>
#include <seimai/utf8.h>

#include <string.h>

#define MARK "▁" /* U+2581 */

static bool is_printable(sm_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F) return false;
    return s.n > 0 && sm_utf8_check(s) == s.n;
}

const char *export_show(exporter *x, sm_span bytes)
{
    enum { MOST = 60 };
    if (is_printable(bytes) && bytes.n <= MOST)
        return sm_arena_printf(&x->arena, "'%.*s'", (int)bytes.n, bytes.p);
    sm_buffer b = sm_buffer_make(MOST * 4);
    for (size_t i = 0; i < bytes.n && i < MOST / 3; i++)
        sm_buffer_printf(&b, i ? " %02X" : "%02X", (uint8_t)bytes.p[i]);
    if (bytes.n > MOST / 3) sm_buffer_puts(&b, " …");
    const char *shown = sm_arena_copy(&x->arena, sm_buffer_span(&b)).p;
    sm_buffer_free(&b);
    return shown;
}

sm_span export_alphabet(sm_arena *arena, sm_span bytes)
{
    char *out = sm_arena_alloc(arena, bytes.n * 2 + 4);
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++)
        n += sm_utf8_put(sm_character_of_byte((uint8_t)bytes.p[i]), out + n);
    return (sm_span){out, n};
}

sm_span export_marked(sm_arena *arena, sm_span bytes)
{
    char *out = sm_arena_alloc(arena, bytes.n * (sizeof MARK - 1) + 1);
    size_t n = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i] != ' ') {
            out[n++] = bytes.p[i];
            continue;
        }
        memcpy(out + n, MARK, sizeof MARK - 1);
        n += sizeof MARK - 1;
    }
    return (sm_span){out, n};
}

sm_span export_piece(exporter *x, uint32_t id)
{
    const token *t = &x->tok->tokens[id];
    if (id == x->tok->unk) return SM_SPAN("<unk>");
    if (t->flags & TOKEN_RESERVED) return t->bytes;
    if (t->flags & TOKEN_BYTE)
        return sm_span_of(sm_arena_printf(&x->arena, "<0x%02X>", (uint8_t)t->bytes.p[0]));
    if (t->flags & TOKEN_MODEL) return export_marked(&x->arena, t->bytes);
    return sm_span_of(sm_arena_printf(&x->arena, "[UNUSED_%u]", id));
}

uint32_t export_unk(const exporter *x)
{
    if (x->tok->unk != SM_NO_TOKEN) return x->tok->unk;
    const uint32_t unk = sm_tokenizer_find(x->tok, SM_SPAN("<unk>"));
    if (unk != SM_NO_TOKEN) return unk;
    uint32_t spare = SM_NO_TOKEN;
    for (uint32_t i = 0; i < x->tok->n; i++)
        if (sm_tokenizer_is_special(x->tok, i) &&
            sm_span_starts(x->tok->tokens[i].bytes, SM_SPAN("<|spare_")))
            spare = i;
    return spare;
}

float export_score(const exporter *x, uint32_t id)
{
    if (!is_merged_token(x->tok, id)) return 0;
    if (x->rank[id]) return 1.0F - (float)x->rank[id];
    return -(float)(x->tok->n_rules + id);
}

uint32_t export_bits(float v)
{
    uint32_t bits = 0;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

piece_type export_type(const exporter *x, uint32_t id, uint32_t unk)
{
    const uint32_t flags = x->tok->tokens[id].flags;
    if (id == unk) return PIECE_UNKNOWN;
    if (is_special_token(x->tok, id)) return PIECE_CONTROL;
    if (flags & TOKEN_RESERVED) return PIECE_USER_DEFINED;
    if (flags & TOKEN_BYTE) return PIECE_BYTE;
    return flags & TOKEN_MODEL ? PIECE_NORMAL : PIECE_UNUSED;
}

/* ---- one pattern ------------------------------------------------------------------------ */

/* DeepSeek-V3 applies three patterns, one inside the pieces of the other; tiktoken knows one. Numbers and the
 * Japanese run (W) are walls for the third pattern, which also cuts inside the run, at ・ ゛ ゠ and the like; what no
 * alternative takes stays together up to where one does. */
#define J "\xE4\xB8\x80-\xE9\xBE\xA5\xE3\x81\x80-\xE3\x83\xBF" /* 一-龥 and U+3040-30FF */
#define W "\\p{N}" J
static const char deepseek[] =
    "\\p{N}{1,3}"
    "|[" J "&&[^\\p{L}\\p{P}\\p{S}]]?[" J "&&[\\p{L}\\p{M}]]+|[" J "&&[\\p{P}\\p{S}]]+"
    "|(?:[" J "&&[^\\p{L}\\p{M}\\p{P}\\p{S}]](?![" J "&&[\\p{L}\\p{M}]]))+"
    "|[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
    "|[^\\r\\n\\p{L}\\p{P}\\p{S}" W "]?[\\p{L}\\p{M}&&[^" W "]]+| ?[\\p{P}\\p{S}&&[^" W
    "]]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?![^\\s" W "])|\\s+"
    "|(?:[^\\s\\p{L}\\p{M}\\p{P}\\p{S}" W "](?![\\p{L}\\p{M}&&[^" W "]]))+";
#undef W
#undef J

const char *export_single_pattern(const exporter *x)
{
    if (!x->tok->pre) return NULL;
    if (!has_cuts(x->tok)) return "[\\s\\S]+";
    if (strcmp(sm_pretokenizer_name(x->tok->pre), "deepseek-v3") == 0) return deepseek;
    if (sm_pretokenizer_pattern(x->tok->pre, 1)) return NULL;
    return sm_pretokenizer_pattern(x->tok->pre, 0);
}
