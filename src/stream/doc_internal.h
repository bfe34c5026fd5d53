/* doc_internal.h - what parsing remembers of a document and writing needs.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_DOC_INTERNAL_H
#define SEIMAI_DOC_INTERNAL_H

#include <seimai/document.h>

typedef struct member {
    sm_span key;   /* decoded */
    sm_span value; /* raw JSON */
} member;

typedef struct member_list {
    member *items;
    size_t n, cap;
} member_list;

struct sm_doc_fields {
    member_list members;    /* of the object, as read */
    sm_span open;           /* the object's opening brace, in the record */
    sm_span close;          /* … and its closing brace */
    sm_span content_raw;    /* the JSON string of the text, or the list of messages */
    sm_span content_parent; /* the object that it is a member of */
    sm_span id_raw, metadata_raw;
    sm_span text; /* decoded, once `decoded` */
    bool decoded;
    sm_span id;
    sm_message *messages;
    size_t n_messages;
    /* Changes. */
    bool changed, text_changed;
    sm_span new_text;
    sm_span new_key, new_value; /* another field in the text's place */
    sm_span content_key_raw;    /* … of which this is the key, with the quotes */
    sm_span shadowed;           /* a member that bore the new key before: it has to go */
    bool write_id;              /* the text changes and the record has no id */
    member_list meta;           /* keys of metadata that were set */
};

void member_push(member_list *list, sm_arena *arena, member m);

#endif
