/* Lines of --rejects: a document with its reason, or the bytes that are none (FORMATS, "Rejects").
 * SPDX-License-Identifier: MIT */
#include "doc_internal.h"
#include "run.h"

#include <math.h>
#include <seimai/json.h>

enum { REASON_MAX = 4096 };

static void put_base64(sm_buffer *out, sm_span s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *p = sm_buffer_reserve(out, (s.n + 2) / 3 * 4);
    if (!p) return;
    for (size_t i = 0; i < s.n; i += 3) {
        const size_t left = s.n - i;
        const unsigned a = (unsigned char)s.p[i];
        const unsigned b = left > 1 ? (unsigned char)s.p[i + 1] : 0;
        const unsigned c = left > 2 ? (unsigned char)s.p[i + 2] : 0;
        *p++ = digits[a >> 2];
        *p++ = digits[(a & 3) << 4 | b >> 4];
        *p++ = left > 1 ? digits[(b & 15) << 2 | c >> 6] : '=';
        *p++ = left > 2 ? digits[c & 63] : '=';
    }
    out->n += (s.n + 2) / 3 * 4;
}

/* {"tool":…,"rule":…,"value":…,"threshold":…} */
void reject_reason(const run *r, const char *rule, double value, double threshold,
                   sm_buffer *json)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "tool", r->io->usage->name);
    sm_json_put_text(json, "rule", rule);
    sm_json_put_real(json, "value", value);
    sm_json_put_real(json, "threshold", threshold);
    sm_json_close(json, '}');
}

void reject_document(const run *r, block *b, sm_doc *doc)
{
    sm_buffer json = sm_buffer_make(REASON_MAX);
    reject_reason(r, doc->rule, doc->value, doc->threshold, &json);
    sm_doc_set_meta(doc, "rejected", sm_arena_copy(&b->arena, sm_buffer_span(&json)));
    sm_doc_write(doc, &b->rejects);
    sm_buffer_free(&json);
}

static void begin_raw(block *b)
{
    sm_buffer_puts(&b->rejects, "{\"raw_base64\":\"");
}

static void end_raw(const run *r, block *b, const char *why, int64_t line, int64_t offset)
{
    sm_buffer_puts(&b->rejects, "\",\"metadata\":{\"rejected\":{\"tool\":");
    sm_json_quote(&b->rejects, sm_span_of(r->io->usage->name));
    sm_buffer_puts(&b->rejects, ",\"rule\":\"bad-record\",\"why\":");
    sm_json_quote(&b->rejects, sm_span_of(why));
    sm_buffer_puts(&b->rejects, ",\"file\":");
    sm_json_quote(&b->rejects, sm_span_of(b->file));
    if (line > 0) { /* records of a container have no lines */
        sm_json_put_int(&b->rejects, "line", line);
    }
    sm_json_put_int(&b->rejects, "offset", offset);
    sm_buffer_puts(&b->rejects, "}}}\n");
}

void reject_raw(const run *r, block *b, sm_span raw, const char *why, int64_t line,
                int64_t offset)
{
    begin_raw(b);
    put_base64(&b->rejects, raw);
    end_raw(r, b, why, line, offset);
}

/* A line that is too long for memory goes to the rejects in pieces of whole base64 groups. */
void reject_piece(const run *r, block *b)
{
    const bool lf = b->in.n && b->in.p[b->in.n - 1] == '\n';
    if (b->piece_first) begin_raw(b);
    put_base64(&b->rejects, (sm_span){b->in.p, b->in.n - lf});
    if (b->piece_last) end_raw(r, b, "too-long", b->line, b->piece_offset);
}
