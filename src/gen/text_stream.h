/* text_stream.h - ids to text that can be shown at once: whole characters, and no stop string.
 * SPDX-License-Identifier: MIT
 *
 * Bytes come id by id. Held back is what may still become a character or a stop string; what is released stays.
 * Bytes that are no UTF-8 come out as U+FFFD. */
#ifndef SM_GEN_TEXT_STREAM_H
#define SM_GEN_TEXT_STREAM_H

#include <seimai/tokenizer.h>

typedef struct sm_text_stream {
    const sm_tokenizer *tokenizer;
    const sm_span *stops; /* not empty */
    size_t n_stops;
    uint32_t
        anchor; /* an id in front of the next one, so that a space stays a space; SM_NO_TOKEN at the start */
    sm_buffer raw;   /* decoded … */
    size_t released; /* … and so much of it released */
    sm_buffer text;  /* what was released */
    sm_buffer one;   /* scratch */
    bool stopped;
} sm_text_stream;

void sm_text_stream_init(sm_text_stream *s, const sm_tokenizer *tokenizer, const sm_span *stops,
                         size_t n_stops, uint32_t anchor);
void sm_text_stream_fini(sm_text_stream *s);
/* sm_text_stream_put appends an id. Returns 1 when a stop string has come: what stands before it is released, nothing
 * comes after; 0 otherwise. SM_EFORMAT for an id that the tokenizer lacks, SM_ELIMIT for too long a text. */
int sm_text_stream_put(sm_text_stream *s, uint32_t id, sm_error *err) SM_MUST_USE;
/* sm_text_stream_end releases what was held back. */
void sm_text_stream_end(sm_text_stream *s);

#endif
