/* Reading protocol buffers: the wire format, a field at a time.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_PROTOBUF_H
#define SM_BPE_PROTOBUF_H

#include <seimai/base.h>

enum { PROTO_VARINT = 0, PROTO_FIXED64 = 1, PROTO_BYTES = 2, PROTO_FIXED32 = 5 };

typedef struct proto_field {
    uint32_t number;
    unsigned wire;  /* one of the four; the two of groups are refused */
    uint64_t value; /* PROTO_VARINT and the fixed ones */
    sm_span bytes;  /* PROTO_BYTES: a string or a message */
} proto_field;

/* Takes the next field off the front of a message. 1 a field, 0 the end, SM_EFORMAT (without a text) where the
 * bytes are no fields or end too early. */
int proto_next(sm_span *message, proto_field *field);

/* A float of a PROTO_FIXED32. */
float proto_float(const proto_field *field);

#endif
