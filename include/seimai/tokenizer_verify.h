/* seimai/tokenizer_verify.h - an exported tokenizer, read back and compared on text.
 * SPDX-License-Identifier: MIT
 *
 * A file is read twice. Once by a reader of our own that is not the code that wrote it: Hugging Face's files and .model
 * by sm_tokenizer_load; .tiktoken, GGUF and llama2.c by a small reader that merges as those engines are defined,
 * with a queue and without any of the encoder's short cuts. And once by the engine itself, where it is installed:
 * the Python packages `tokenizers`, `sentencepiece`, `tiktoken`, and `llama_cpp` for llama.cpp, in a process of its
 * own that gets the texts and gives ids. What is missing is said, and is no failure.
 *
 *   FILE                     own reader             engine
 *   folder, tokenizer.json   sm_tokenizer_load      tokenizers (encode_special_tokens)
 *   .model                   sm_tokenizer_load      sentencepiece
 *   .tiktoken (with .json)   ranks                  tiktoken
 *   .gguf                    pairs or scores        llama_cpp
 *   .bin                     scores                 none: run.c is a program
 *
 * Compared are the ids of whole documents without special tokens; of tokenizer.bin those of the document with a space
 * before it, if the tokenizer puts none there, since its engine does.
 *
 * Ownership: open gives a handle, close takes it back. Threads: an opened file is read-only and may be shared; a
 * scratch belongs to one thread; a comparison to one thread. */
#ifndef SEIMAI_TOKENIZER_VERIFY_H
#define SEIMAI_TOKENIZER_VERIFY_H

#include <seimai/tokenizer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading back ------------------------------------------------------------------------- */

typedef struct sm_token_file sm_token_file;
typedef struct sm_token_scratch sm_token_scratch;

/* sm_token_file_open reads an exported file, by its name. SM_ENOENT; SM_EFORMAT or SM_ETRUNC for a broken file,
 * with the place; SM_ENOSUP for one that no reader here knows. */
SM_API int sm_token_file_open(sm_token_file **file, const char *path,
                              sm_error *err) SM_MUST_USE;
SM_API void sm_token_file_close(sm_token_file *file); /* NULL is allowed */
/* What was read: "gguf llama-bpe", "tiktoken" … */
SM_API const char *sm_token_file_about(const sm_token_file *file);
/* sm_token_file_leads: its engine puts a space before every text, and this tokenizer does not. */
SM_API bool sm_token_file_leads(const sm_token_file *file, const sm_tokenizer *tok);

SM_API sm_token_scratch *sm_token_scratch_new(void) SM_MUST_USE;
SM_API void sm_token_scratch_free(sm_token_scratch *scratch);

/* sm_token_file_encode appends the ids of a text of valid UTF-8. O(n log n). */
SM_API void sm_token_file_encode(const sm_token_file *file, sm_token_scratch *scratch,
                                 sm_span text, sm_ids *ids);

/* ---- comparing ---------------------------------------------------------------------------- */

/* The first difference of one reader: where, and both ways to cut the text there. */
typedef struct sm_token_difference {
    uint64_t document; /* from 1 */
    uint64_t byte;     /* where the two part, in the text */
    char *text;        /* the line there, or the part of it around the place */
    char *want, *got;  /* tokens and ids from a few before that place on */
} sm_token_difference;

typedef struct sm_token_comparison {
    const char *file; /* the caller's */
    char *reader;     /* "seimai (gguf llama-bpe)", "tiktoken 0.14.0" … */
    char *missing;    /* why it did not run, or NULL */
    uint64_t documents, tokens, differences; /* differences: documents with other ids */
    sm_token_difference first;               /* where there are any */
} sm_token_comparison;

SM_API void sm_token_comparison_free(sm_token_comparison *c);
/* sm_token_compare counts a document: the ids that the tokenizer gives, and those of a reader. */
SM_API void sm_token_compare(sm_token_comparison *c, const sm_tokenizer *tok, sm_span text,
                             const sm_ids *want, const sm_ids *got);
/* sm_token_comparisons_text and _json append a table of n comparisons, and what differs. */
SM_API void sm_token_comparisons_text(const sm_token_comparison list[], size_t n,
                                      sm_buffer *out);
SM_API void sm_token_comparisons_json(const sm_token_comparison list[], size_t n,
                                      sm_buffer *out);

/* ---- engines ------------------------------------------------------------------------------ */

/* A spool holds texts and their ids in two unnamed files, for engines to read. */
typedef struct sm_token_spool sm_token_spool;

SM_API int sm_token_spool_new(sm_token_spool **spool, sm_error *err) SM_MUST_USE;
SM_API void sm_token_spool_free(sm_token_spool *spool); /* NULL is allowed */
SM_API int sm_token_spool_add(sm_token_spool *spool, sm_span text, const sm_ids *ids,
                              sm_error *err) SM_MUST_USE;

/* sm_token_engine_run has the engine of a file encode all texts of a spool, in a child process of `python`, and
 * compares. Where python or the package is missing, or the format has no engine, c->missing says so and 0 is
 * returned. SM_EFORMAT with the engine's own words where it refuses the file. */
SM_API int sm_token_engine_run(sm_token_comparison *c, const char *python,
                               const sm_tokenizer *tok, const sm_token_spool *spool,
                               sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
