/* seimai/charset.h - from the bytes of a page to UTF-8, as browsers do it, and with a doubt.
 * SPDX-License-Identifier: MIT
 *
 * Sources: WHATWG Encoding (labels, decoders) and HTML ("prescan a byte stream"). All charsets of the web are
 * read; the Japanese ones (UTF-8, Shift_JIS, which means windows-31j, EUC-JP with JIS X 0212, ISO-2022-JP)
 * are told from the bytes too. A page says what it is by its byte order mark, the HTTP header or a <meta>
 * element, and is often wrong; so a declaration is compared with the bytes, and overruled when they are
 * clear.
 *
 * Nouns
 *   label     a name found in the wild ("x-sjis"); many labels mean one charset
 *   fault     a place that a decoder answers with U+FFFD
 *   evidence  what the bytes look like when they are read in one charset
 *
 * Threads: all functions are pure. */
#ifndef SEIMAI_CHARSET_H
#define SEIMAI_CHARSET_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sm_charset {
    SM_CHARSET_UNKNOWN, /* no label, or one of a charset that is not read */
    SM_UTF_8,
    SM_SHIFT_JIS,
    SM_EUC_JP,
    SM_ISO_2022_JP,
    SM_UTF_16LE,
    SM_UTF_16BE,
    SM_GBK,
    SM_GB18030,
    SM_BIG5,
    SM_EUC_KR,
    SM_IBM866, /* from here on a byte is a character */
    SM_ISO_8859_2,
    SM_ISO_8859_3,
    SM_ISO_8859_4,
    SM_ISO_8859_5,
    SM_ISO_8859_6,
    SM_ISO_8859_7,
    SM_ISO_8859_8,
    SM_ISO_8859_10,
    SM_ISO_8859_13,
    SM_ISO_8859_14,
    SM_ISO_8859_15,
    SM_ISO_8859_16,
    SM_KOI8_R,
    SM_KOI8_U,
    SM_MACINTOSH,
    SM_WINDOWS_874,
    SM_WINDOWS_1250,
    SM_WINDOWS_1251,
    SM_WINDOWS_1252,
    SM_WINDOWS_1253,
    SM_WINDOWS_1254,
    SM_WINDOWS_1255,
    SM_WINDOWS_1256,
    SM_WINDOWS_1257,
    SM_WINDOWS_1258,
    SM_MAC_CYRILLIC,
    SM_CHARSETS /* how many */
} sm_charset;

/* sm_charset_name gives the standard's name: "UTF-8", "Shift_JIS" …; "" for SM_CHARSET_UNKNOWN. */
SM_API const char *sm_charset_name(sm_charset charset);
/* sm_charset_of reads a label: any case, white space around it ignored. The labels of the standard's
 * "replacement" (hz-gb-2312, iso-2022-kr …) and x-user-defined are unknown. */
SM_API sm_charset sm_charset_of(sm_span label);

/* ---- decoding ----------------------------------------------------------------------------- */

/* sm_charset_decode appends bytes as UTF-8, at most three for each, with U+FFFD for each fault; *faults (may be
 * NULL) grows by their number. An ASCII byte after a bad lead byte is read again, so that no `<` is swallowed. A byte
 * order mark is no different from other characters: skip it before. SM_CHARSET_UNKNOWN decodes as UTF-8. */
SM_API void sm_charset_decode(sm_charset charset, sm_span bytes, sm_buffer *out,
                              uint64_t *faults);

/* sm_charset_text is sm_charset_decode into an empty buffer, but gives bytes that are UTF-8 without a fault as they
 * stand, uncopied. The text is valid as long as both the bytes and the buffer are untouched. */
SM_API sm_span sm_charset_text(sm_charset charset, sm_span bytes, sm_buffer *buffer,
                               uint64_t *faults);

/* ---- choosing ----------------------------------------------------------------------------- */

/* sm_charset_evidence: the bytes read in one charset, counted in characters beyond ASCII. */
typedef struct sm_charset_evidence {
    uint64_t characters; /* beyond ASCII, faults among them */
    uint64_t faults;
    uint64_t kana;      /* hiragana and full-width katakana */
    uint64_t half_kana; /* half-width katakana: rare in text, common in a wrong reading */
    uint64_t rare;      /* user-defined characters, C1 controls, symbols out of place */
} sm_charset_evidence;

SM_API void sm_charset_weigh(sm_charset charset, sm_span bytes, sm_charset_evidence *evidence);

/* sm_charset_declared gives the label that a page declares about itself in its first 4096 bytes by
 * <meta charset>, <meta http-equiv=content-type> or an XML declaration: a span of the page, empty if none. */
SM_API sm_span sm_charset_declared(sm_span page);

/* Where the decision came from. */
typedef enum sm_charset_source {
    SM_FROM_BOM,
    SM_FROM_HTTP,
    SM_FROM_META,
    SM_FROM_CONTENT, /* nothing usable was declared */
    SM_OVERRULED,    /* a declaration was, by evidence */
    SM_CHARSET_SOURCES
} sm_charset_source;

SM_API const char *sm_charset_source_name(sm_charset_source source); /* "bom", "http" … */

typedef struct sm_charset_choice {
    sm_charset charset; /* never SM_CHARSET_UNKNOWN */
    sm_charset_source source;
    sm_span declared; /* the label that counted (HTTP before meta); empty if none */
    size_t bom;       /* bytes to skip */
    /* The bytes are in no charset that is read, as far as can be told: what is declared is not read or does not
     * fit, and they are neither Japanese nor Western. Their text would be noise. */
    bool unread;
} sm_charset_choice;

/* sm_charset_choose decides for a page (or plain text: `markup` false, then no meta is looked for).
 * `http` is the charset parameter of the Content-Type, empty if there is none. */
SM_API sm_charset_choice sm_charset_choose(sm_span bytes, sm_span http, bool markup);

#ifdef __cplusplus
}
#endif
#endif
