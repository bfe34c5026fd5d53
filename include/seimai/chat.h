/* seimai/chat.h - chat templates: messages to ids, one target bit a token, and the Jinja text for export.
 * SPDX-License-Identifier: MIT
 *
 *   name       a turn of the user, and the answer                                       end of a turn
 *   chatml     <|im_start|>user⏎…<|im_end|>⏎<|im_start|>assistant⏎…<|im_end|>⏎           <|im_end|>
 *   llama3     <|start_header_id|>user<|end_header_id|>⏎⏎…<|eot_id|> …                   <|eot_id|>
 *   llama2     [INST] <<SYS>>⏎…⏎<</SYS>>⏎⏎… [/INST] … </s>                               </s>
 *   instruct   ⏎⏎### 指示:⏎… ⏎⏎### 応答:⏎…  (llm-jp's)                                   see below
 *   alpaca     ⏎⏎### Instruction:⏎… ⏎⏎### Response:⏎…  (Stanford Alpaca's)               see below
 *
 * Messages are an optional `system` one, then `user` and `assistant` in turns, `user` first. instruct and alpaca
 * begin with their usual sentence where there is no system message.
 *
 * The mask is made while rendering: what counts is the content of the assistant's messages and the token that ends
 * each (of llama2 the space before it too), never a header. It cannot depend on what a text looks like.
 *
 * Special tokens are single ids of the tokenizer, which must have them (SM_EUSAGE). The same strings inside a content
 * are encoded as text, so that nobody ends a turn from within it.
 *
 * What is encoded together: a run of text between two special tokens, headers and contents alike, as Hugging Face and
 * llama.cpp do; but what the assistant says always by itself. A generated answer begins behind a header whose ids are
 * given, so in training, too, no token may reach across that border, nor would the mask know which side it is on.
 * The ids are those of `tokenizers` over the rendered text wherever an answer does not merge with its header's line end.
 * A tokenizer that puts a space before each text puts it in the place of the one that a piece begins with.
 *
 * The document token opens a document and stands for BOS: shards write it between documents (their `eot`), a prompt for
 * generation begins with it, the Jinja text begins with it; it is not among the rendered ids. It is never the token that
 * ends a turn, since an EOT inside a document would cut it: where the tokenizer's end token ends the turns (</s>), the
 * document token is another (<s>). llama2 writes <s> only there, once. Of instruct and alpaca the turns end with <|im_end|>
 * where the tokenizer has it, else with its end token; if that is all it has (GPT-2's), the document's end is the end of the
 * only answer, and a dialogue of two is refused.
 *
 * Nouns
 *   stop     the id that ends a turn
 *   bit      1: the token is a target. Bit i is targets[i / 8] >> i % 8 & 1, as shards keep them
 *
 * Ownership: open and free pair up; the tokenizer must outlive the chat. Threads: an opened chat is read-only and may
 * be shared; an encoder and an sm_chat_ids belong to one thread. */
#ifndef SEIMAI_CHAT_H
#define SEIMAI_CHAT_H

#include <seimai/document.h>
#include <seimai/part.h>
#include <seimai/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_chat sm_chat; /* a template bound to a tokenizer */

typedef struct sm_chat_message {
    sm_span role, content;
} sm_chat_message;

#define SM_CHAT_CHOICES "chatml|llama2|llama3|instruct|alpaca" /* for an option table */

/* ---- templates ------------------------------------------------------------------------------ */

/* sm_chat_open binds a template. NULL: llama3 where the tokenizer has <|start_header_id|>, else chatml. (What a directory
 * says: sm_chat_template_in.) SM_EUSAGE for an unknown name, a tokenizer that lacks a special token, or one without a
 * token that ends a document. */
SM_API int sm_chat_open(sm_chat **chat, const char *name, const sm_tokenizer *tokenizer,
                        sm_error *err) SM_MUST_USE;
SM_API void sm_chat_free(sm_chat *chat); /* NULL is allowed */
SM_API const char *sm_chat_name(const sm_chat *chat);
SM_API uint32_t sm_chat_stop(const sm_chat *chat);
SM_API uint32_t sm_chat_document(const sm_chat *chat); /* the document token */

/* sm_chat_template_in tells which template a tokenizer or model directory was made for: its chat_template.jinja, else
 * `chat_template` of its tokenizer_config.json. *name is NULL where there is none, or one that is not of the table. A
 * foreign Jinja text is recognised by its marks (<|im_start|>, [INST], ### 応答 …): the system prompts that some models
 * put in by default are not. SM_EFORMAT for a broken file. */
SM_API int sm_chat_template_in(const char *dir, const char **name, sm_error *err) SM_MUST_USE;
/* sm_chat_open_in opens the template `name`, or, where it is NULL, the one that the directory (which may be a file, or NULL) was
 * made for, or else as sm_chat_open(NULL). */
SM_API int sm_chat_open_in(sm_chat **chat, const char *name, const char *dir,
                           const sm_tokenizer *tokenizer, sm_error *err) SM_MUST_USE;

/* ---- rendering ------------------------------------------------------------------------------ */

/* Init {0}; free with sm_chat_ids_free. Each call replaces what it held and keeps the memory. */
typedef struct sm_chat_ids {
    sm_ids ids;
    uint8_t *targets;     /* ids.n bits */
    sm_shard_part *parts; /* n_parts, in order; the first starts at 0 */
    size_t n_parts;
    uint64_t text_bytes, characters; /* of all contents */
    bool
        ends_open; /* the document token that follows is the end of the answer, and so a target */
    size_t bits_cap, parts_cap; /* private */
} sm_chat_ids;

SM_API void sm_chat_ids_free(sm_chat_ids *out);
static inline bool sm_chat_is_target(const sm_chat_ids *out, size_t i)
{
    return out->targets[i / 8] >> i % 8 & 1;
}

/* sm_chat_fault tells what is wrong with the order of messages: NULL, or a rule for the rejects with the message it is
 * about in *at: "no-messages", "unknown-role", "role-order" (two turns of one role, a system message that is not the first,
 * an assistant who begins), "no-target" (the assistant says nothing), "one-answer" (above: no token ends a turn).
 * With open_reply no target is needed, and the last message must be the user's ("role-order"). */
SM_API const char *sm_chat_fault(const sm_chat *chat, const sm_chat_message *messages, size_t n,
                                 bool open_reply, size_t *at);
/* sm_chat_render gives the ids of a dialogue. open_reply: ends with the assistant's header, for generation (no targets).
 * SM_EFORMAT for what sm_chat_fault finds: "message 3: role-order: …". */
SM_API int sm_chat_render(const sm_chat *chat, sm_encoder *encoder,
                          const sm_chat_message *messages, size_t n, bool open_reply,
                          sm_chat_ids *out, sm_error *err) SM_MUST_USE;

/* ---- documents ------------------------------------------------------------------------------ */

/* What documents are, by their fields; the names are those of manifest.kind. */
typedef enum sm_chat_kind {
    SM_CHAT_TEXT,   /* text */
    SM_CHAT_DIALOG, /* messages */
    SM_CHAT_PAIR,   /* chosen and rejected: strings; and prompt, a string */
    SM_CHAT_SEQ2SEQ /* source and target, or prompt and response or completion, or instruction, output and perhaps input */
} sm_chat_kind;

SM_API const char *sm_chat_kind_name(sm_chat_kind kind); /* "text" "chat" "pair" "seq2seq" */
/* sm_chat_kind_named is the inverse; false for another name. */
SM_API bool sm_chat_kind_named(const char *name, sm_chat_kind *kind);
SM_API sm_chat_kind sm_chat_kind_of(const sm_doc *doc);

/* sm_chat_read gives the messages of a document, in its arena: its `messages`, or a user's and an assistant's from the
 * fields of SM_CHAT_SEQ2SEQ. 0 where it has neither. */
SM_API size_t sm_chat_read(sm_doc *doc, const sm_chat_message **messages);

/* sm_chat_encode gives the ids of a document as one of a kind: text as it is; a dialogue by the template; of a pair
 * the prompt as a user's turn with the assistant's header, then the two answers, each with its stop, all of both targets; of
 * seq2seq source and target as they are, without a template, the target's tokens and the document token behind it being
 * targets. Returns NULL, or the rule that the document is dropped by: "other-kind" (it lacks the fields), "no-target" (an
 * empty answer), or what sm_chat_fault finds, with the message's number in *value. chat may be NULL for text and seq2seq. */
SM_API const char *sm_chat_encode(const sm_chat *chat, const sm_tokenizer *tokenizer,
                                  sm_encoder *encoder, sm_doc *doc, sm_chat_kind kind,
                                  sm_chat_ids *out, double *value);

/* ---- export --------------------------------------------------------------------------------- */

/* sm_chat_jinja appends the template as Jinja text, which renders what sm_chat_render encodes, the document token before
 * it. With marks_generation the targets stand between {% generation %} and {% endgeneration %}, which transformers makes
 * its mask of (return_assistant_tokens_mask) and other engines do not know. */
SM_API void sm_chat_jinja(const sm_chat *chat, bool marks_generation, sm_buffer *out);
/* sm_chat_jinja_write puts it into the tokenizer_config.json of a directory, which is made where there is none; a
 * chat_template that was there, and a chat_template.jinja, give way. SM_EFORMAT for a broken file, SM_EIO. */
SM_API int sm_chat_jinja_write(const sm_chat *chat, const char *dir, sm_error *err) SM_MUST_USE;
/* What an exported tokenizer or model carries: the template `name` where it is given, else what the directory has, whoever
 * wrote it, else sm_chat_open(NULL)'s if the tokenizer has the tokens. sm_chat_jinja_add leaves it in the directory;
 * sm_chat_jinja_for appends it to `out` without {% generation %} and {% endgeneration %}, for GGUF; nothing where there is
 * none. SM_EUSAGE for a name that the tokenizer cannot have; SM_EFORMAT, SM_EIO. */
SM_API int sm_chat_jinja_add(const sm_tokenizer *tokenizer, const char *dir, const char *name,
                             sm_error *err) SM_MUST_USE;
SM_API int sm_chat_jinja_for(const sm_tokenizer *tokenizer, const char *dir, const char *name,
                             sm_buffer *out, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
