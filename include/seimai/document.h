/* seimai/document.h - a document: one line of JSON, read without a tree and written without a change.
 * SPDX-License-Identifier: MIT
 *
 * Format (FORMATS, "Documents"): one JSON object a line, UTF-8, with `id`, `text` or `messages`, and
 * `metadata`. The parser validates all of it (RFC 8259; UTF-8; no lone surrogate; no duplicate key in
 * the object, its metadata or on the way to the text; nesting <= 512) and remembers where the fields
 * it knows begin and end.
 * The text is decoded when it is asked for. Writing copies the bytes that were read and replaces what
 * was set: a document that nobody touched leaves as it came.
 *
 * Nouns
 *   record   the bytes of one line, LF excluded
 *   text     the decoded text; of `messages` the contents joined by LF
 *   raw      JSON bytes as they stand in the record
 *
 * Lifetime: a document, and every span got from it, lives in the arena it was parsed with: until the
 * runner's block is written. The record itself must outlive the document.
 * Threads: one thread at a time. */
#ifndef SEIMAI_DOCUMENT_H
#define SEIMAI_DOCUMENT_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_message {
    sm_span role, content; /* decoded */
    sm_span raw;           /* the JSON string of the content */
    bool changed;
} sm_message;

typedef struct sm_doc {
    sm_span record;   /* as read */
    bool any_content; /* the text may be any JSON value: a list of ids */
    bool
        any_record; /* neither text nor messages is needed: its text is then empty, p == NULL */
    sm_arena *arena;  /* for whatever lives as long as the document */
    const char *file; /* where it stands, for messages */
    int64_t line;     /* 1-based */
    int64_t offset;   /* of the record, in the file's plain bytes */
    void *user;       /* what map leaves for commit */
    /* Why it was dropped; set by sm_doc_drop. */
    const char *rule;
    double value, threshold;
    /* Private to src/stream. */
    struct sm_doc_fields *fields;
} sm_doc;

/* sm_doc_parse reads one record. text_key is the dotted place of the text ("text"). Returns 1, or 0 for a
 * bad record with its kind ("bad-json", "bad-utf8", "lone-surrogate", "duplicate-key", "too-deep",
 * "not-an-object", "no-text", "bad-text", "bad-messages", "text-and-messages", "bad-metadata", "bad-id") and, in *at, the offset
 * in the record. doc->record and doc->arena must be set. */
SM_API int sm_doc_parse(sm_doc *doc, const char *text_key, const char **kind,
                        size_t *at) SM_MUST_USE;

/* sm_doc_text decodes on the first call; the span is valid UTF-8 and may hold NUL. Content that is no string
 * (any_content) is given as its JSON. */
SM_API sm_span sm_doc_text(sm_doc *doc);
/* sm_doc_id: the string, a number's literal, or (without `id`) the XXH3-128 of the text in hex; of a document without
 * text (any_record) that of its record. */
SM_API sm_span sm_doc_id(sm_doc *doc);
/* sm_doc_messages gives the array (NULL and 0 for a document with `text`). */
SM_API size_t sm_doc_messages(sm_doc *doc, const sm_message **messages);
/* sm_doc_field gives the raw JSON of a field by its dotted path ("metadata.url"); empty if missing. Keys are
 * compared decoded; deeper than `metadata`, where nothing forbids a key to stand twice, the last one counts. */
SM_API sm_span sm_doc_field(const sm_doc *doc, const char *path);
/* sm_doc_field_string decodes a string field; false where it is missing or no string. */
SM_API bool sm_doc_field_string(const sm_doc *doc, const char *path, sm_span *string);

/* ---- changing ---------------------------------------------------------------------------- */

/* sm_doc_set_text replaces the text (of a document with `text`); equal text is no change. A document
 * without id gets the id of the text as it was read. The span must live as long as the document. */
SM_API void sm_doc_set_text(sm_doc *doc, sm_span text);
SM_API void sm_doc_set_message(sm_doc *doc, size_t index, sm_span content);
/* sm_doc_set_meta replaces one key of `metadata` by a JSON value, or adds it; `metadata` is created. */
SM_API void sm_doc_set_meta(sm_doc *doc, const char *key, sm_span json);
/* sm_doc_replace_text puts another field in the text's place: encode's "ids". A field that bore this name
 * before gives way, so that no key stands twice. It beats sm_doc_set_text. */
SM_API void sm_doc_replace_text(sm_doc *doc, const char *key, sm_span json);
/* sm_doc_drop notes the reason and returns SM_DROP. `rule` is kebab-case and outlives the run. */
SM_API int sm_doc_drop(sm_doc *doc, const char *rule, double value, double threshold);

/* sm_doc_write appends the document as one line, LF included. */
SM_API void sm_doc_write(sm_doc *doc, sm_buffer *out);
/* sm_doc_is_changed: false means that sm_doc_write gives the record as it was read. */
SM_API bool sm_doc_is_changed(const sm_doc *doc);

/* ---- JSON by itself ----------------------------------------------------------------------- */

/* sm_json_check tells whether bytes are one JSON value (RFC 8259, UTF-8, nesting <= depth); *at is the
 * offset of the first fault. The document scanner without a document, for conformance tests. */
SM_API bool sm_json_check(sm_span json, int depth, size_t *at);
/* sm_json_decode gives the text of a valid raw JSON string (quotes included), into the arena or, where
 * nothing is escaped, in place. */
SM_API sm_span sm_json_decode(sm_span raw, sm_arena *arena);

#ifdef __cplusplus
}
#endif
#endif
