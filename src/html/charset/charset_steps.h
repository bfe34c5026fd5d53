/* What the decoders share. A charset is one step function, which gives the next character; decoding and weighing
 * are two loops over the steps, compiled once for each charset, so that a step is no call.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_CHARSET_STEPS_H
#define SEIMAI_HTML_CHARSET_STEPS_H

#include <seimai/charset.h>

#include <string.h>

enum {
    REPLACEMENT = 0xFFFD,
    NOTHING = 0x110000, /* no character is due: the input is used up */
    FAULT = 0x110001    /* one U+FFFD is due */
};

/* What the escapes of ISO-2022-JP choose. */
typedef enum jp_state { JP_ASCII, JP_ROMAN, JP_KATAKANA, JP_LEAD } jp_state;

typedef struct decoder {
    const unsigned char *p, *end;
    const uint16_t *high; /* characters of the bytes 80…FF, where a byte is a character */
    uint32_t pending;     /* Big5: a combining mark that is due */
    bool big_endian;      /* UTF-16 */
    jp_state state;
    bool escape_pending; /* ISO-2022-JP: an escape with no character since */
} decoder;

typedef uint32_t sm_charset_step(decoder *d);

typedef struct sm_codec {
    void (*decode)(const decoder *d, sm_buffer *out, uint64_t *faults);
    void (*weigh)(const decoder *d, sm_charset_evidence *evidence);
} sm_codec;

/* charset_legacy.c */
extern const sm_codec sm_codec_gb18030, sm_codec_big5, sm_codec_euc_kr, sm_codec_single;
/* sm_charset_high gives the characters of the bytes 80…FF of a charset from SM_IBM866 on; 0 is none. */
const uint16_t *sm_charset_high(sm_charset charset);

static inline bool sm_within(unsigned value, unsigned first, unsigned last)
{
    return value - first <= last - first;
}

/* A bad pair is one fault; its second byte is read again where it is ASCII. */
static inline uint32_t sm_bad_pair(decoder *d)
{
    if (*d->p >= 0x80) d->p++;
    return FAULT;
}

/* ---- the loops ---------------------------------------------------------------------------- */

/* A step reads at most LONGEST_STEP bytes, and gives at most three bytes of UTF-8 for each that it reads. */
enum { CHUNK = 8192, LONGEST_STEP = 8 };

static inline uint64_t sm_load_little(const unsigned char *p)
{
    uint64_t word = 0;
    for (int i = 0; i < 8; i++)
        word |= (uint64_t)p[i] << 8 * i;
    return word;
}

/* How many of eight bytes stand before the first one beyond ASCII. */
static inline size_t sm_ascii_bytes(const unsigned char *p)
{
    const uint64_t high = sm_load_little(p) & 0x8080808080808080U;
    return high ? (size_t)__builtin_ctzll(high) / 8 : 8;
}

/* Copies ASCII up to `stop`, eight bytes at a time even where fewer count: `to` has room for three times
 * what is left. */
static inline char *sm_copy_ascii(const unsigned char **at, const unsigned char *stop, char *to)
{
    const unsigned char *p = *at;
    size_t n = 8;
    while (n == 8 && stop - p >= 8) {
        memcpy(to, p, 8);
        n = sm_ascii_bytes(p);
        p += n;
        to += n;
    }
    while (p < stop && *p < 0x80)
        *to++ = (char)*p++;
    *at = p;
    return to;
}

static inline const unsigned char *sm_skip_ascii(const unsigned char *p,
                                                 const unsigned char *end)
{
    size_t n = 8;
    while (n == 8 && end - p >= 8) {
        n = sm_ascii_bytes(p);
        p += n;
    }
    while (p < end && *p < 0x80)
        p++;
    return p;
}

static inline char *sm_put_character(uint32_t c, char *to)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c >= 0x10000) {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3F));
    } else if (c >= 0x800) {
        *to++ = (char)(0xE0 | c >> 12);
    }
    *to++ = (char)(c >= 0x800 ? 0x80 | (c >> 6 & 0x3F) : 0xC0 | c >> 6);
    *to++ = (char)(0x80 | (c & 0x3F));
    return to;
}

/* A step function is used by two loops, and has to be in line in both. */
#define SM_IN_LINE __attribute__((always_inline)) static inline

/* `ascii_runs`: a byte below 0x80 between characters is that ASCII character. The decoder is a copy that
 * lives in registers: what is written through `to` cannot change it. */
SM_IN_LINE void sm_decode_by(decoder d, sm_buffer *out, uint64_t *faults, sm_charset_step *next,
                             bool ascii_runs)
{
    while (d.p < d.end || d.pending) {
        const size_t left = (size_t)(d.end - d.p), n = left < CHUNK ? left : CHUNK;
        const unsigned char *stop = d.p + (n == left ? n : n - LONGEST_STEP);
        char *const from = sm_buffer_reserve(out, 3 * n + 3), *to = from;
        if (!from) return;
        while (d.p < stop || d.pending) {
            if (ascii_runs && !d.pending && *d.p < 0x80) {
                to = sm_copy_ascii(&d.p, stop, to);
                continue;
            }
            const uint32_t c = next(&d);
            *faults += c == FAULT;
            if (c != NOTHING) to = sm_put_character(c == FAULT ? REPLACEMENT : c, to);
        }
        out->n += (size_t)(to - from);
    }
}

/* Characters that a right reading hardly ever shows: user-defined ones, C1 controls, U+FFFD itself. */
static inline bool sm_is_rare(uint32_t c)
{
    return sm_within(c, 0x80, 0x9F) || sm_within(c, 0xE000, 0xF8FF) || c == REPLACEMENT;
}

SM_IN_LINE void sm_weigh_by(decoder d, sm_charset_evidence *evidence, sm_charset_step *next,
                            bool ascii_runs)
{
    sm_charset_evidence e = {0};
    while (d.p < d.end || d.pending) {
        if (ascii_runs && !d.pending && *d.p < 0x80) {
            d.p = sm_skip_ascii(d.p, d.end);
            continue;
        }
        const uint32_t c = next(&d);
        if (c < 0x80 || c == NOTHING) continue;
        e.characters++;
        e.kana += sm_within(c, 0x3041, 0x3096) || sm_within(c, 0x30A1, 0x30FC);
        if (sm_within(c, 0x3000, 0x9FFF)) continue; /* nearly all of Japanese text */
        e.faults += c == FAULT;
        e.half_kana += sm_within(c, 0xFF61, 0xFF9F);
        e.rare += sm_is_rare(c);
    }
    *evidence = e;
}

/* SM_CODEC(name, next, ascii_runs) makes the two loops of a step function: decode_NAME and weigh_NAME. */
#define SM_CODEC(name, next, ascii_runs)                                                       \
    static void decode_##name(const decoder *d, sm_buffer *out, uint64_t *faults)              \
    {                                                                                          \
        sm_decode_by(*d, out, faults, next, ascii_runs);                                       \
    }                                                                                          \
    static void weigh_##name(const decoder *d, sm_charset_evidence *evidence)                  \
    {                                                                                          \
        sm_weigh_by(*d, evidence, next, ascii_runs);                                           \
    }

#endif
