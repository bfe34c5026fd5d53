/* The wire format of protocol buffers: protobuf.dev/programming-guides/encoding.
 * SPDX-License-Identifier: MIT */
#include "protobuf.h"

#include <string.h>

/* Base 128, the lowest seven bits first; false where it is cut or longer than 64 bits. */
static bool take_varint(sm_span *s, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && s->n > 0; shift += 7) {
        const uint8_t byte = (uint8_t)*s->p++;
        s->n--;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return true;
    }
    return false;
}

static bool take_bytes(sm_span *s, uint64_t n, sm_span *bytes)
{
    if (n > s->n) return false;
    *bytes = (sm_span){s->p, (size_t)n};
    s->p += n;
    s->n -= (size_t)n;
    return true;
}

static bool take_value(sm_span *s, proto_field *field)
{
    switch (field->wire) {
    case PROTO_VARINT: return take_varint(s, &field->value);
    case PROTO_BYTES:
        return take_varint(s, &field->value) && take_bytes(s, field->value, &field->bytes);
    case PROTO_FIXED64:
        if (!take_bytes(s, 8, &field->bytes)) return false;
        field->value = sm_get_u64(field->bytes.p);
        return true;
    case PROTO_FIXED32:
        if (!take_bytes(s, 4, &field->bytes)) return false;
        field->value = sm_get_u32(field->bytes.p);
        return true;
    default: return false;
    }
}

int proto_next(sm_span *message, proto_field *field)
{
    uint64_t key = 0;
    *field = (proto_field){0};
    if (message->n == 0) return 0;
    if (!take_varint(message, &key) || key >> 3 == 0 || key >> 32 != 0) return SM_EFORMAT;
    field->number = (uint32_t)(key >> 3);
    field->wire = (unsigned)(key & 7);
    return take_value(message, field) ? 1 : SM_EFORMAT;
}

float proto_float(const proto_field *field)
{
    const uint32_t bits = (uint32_t)field->value;
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}
