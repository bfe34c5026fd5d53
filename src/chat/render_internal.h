/* Ids under way: what rendering and the documents of other kinds append to.
 * SPDX-License-Identifier: MIT */
#ifndef SM_CHAT_RENDER_INTERNAL_H
#define SM_CHAT_RENDER_INTERNAL_H

#include "template.h"

typedef struct writer {
    const sm_tokenizer *tokenizer;
    sm_encoder *encoder;
    bool puts_space;
    sm_buffer run; /* text that is encoded together, so far */
    sm_chat_ids *out;
} writer;

/* Empties `out`. */
writer writer_begin(const sm_chat *chat, const sm_tokenizer *tokenizer, sm_encoder *encoder,
                    sm_chat_ids *out);
void writer_part(writer *w, sm_part_kind kind);
/* A content counts in the document's bytes; other text does not. Both only join the run. */
void writer_content(writer *w, sm_span content);
/* Encodes the run; its tokens are targets or not. */
void writer_flush(writer *w, bool target);
void writer_token(writer *w, uint32_t id, bool target);
/* A string of a template: its text joins the run, which is flushed before each token. */
void writer_string(writer *w, const chat_piece *pieces, size_t n, bool target);
/* A message that is not the assistant's, behind one of `previous` (ROLE_COUNT: the first). */
void writer_turn(writer *w, const sm_chat *chat, chat_role role, chat_role previous,
                 sm_span content);
/* The usual sentence before a first message that is the user's. */
void writer_preamble(writer *w, const sm_chat *chat);
/* The assistant's header; the run is flushed. */
void writer_reply(writer *w, const sm_chat *chat);
/* An answer and, if it stops, its stop: targets, in a part of their own. */
void writer_answer(writer *w, const sm_chat *chat, sm_part_kind kind, sm_span content,
                   bool stops);
void writer_end(writer *w);

#endif
