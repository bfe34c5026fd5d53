/* Documents: whatever the bytes, parsing ends; what parses writes back as it came, and with changes is again a
 * document that holds just these changes.
 * SPDX-License-Identifier: MIT */
#include <seimai/document.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void expect(bool holds)
{
    if (!holds) abort();
}

static bool parse(sm_doc *doc, sm_span record, sm_arena *arena)
{
    const char *kind = NULL;
    size_t at = 0;
    *doc = (sm_doc){.record = record, .arena = arena};
    const bool good = sm_doc_parse(doc, "text", &kind, &at) == 1;
    expect(good == !kind && at <= record.n);
    expect(!good || sm_json_check(record, 512, &at));
    return good;
}

static sm_span written(sm_doc *doc, sm_arena *arena)
{
    sm_buffer out = sm_buffer_make((size_t)1 << 26);
    sm_doc_write(doc, &out);
    expect(out.n > 0 && !out.overflow);
    const sm_span copy = sm_arena_copy(arena, (sm_span){out.p, out.n - 1});
    sm_buffer_free(&out);
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    sm_arena arena = {0};
    sm_doc doc, again;
    const sm_message *messages = NULL;
    const sm_span record = sm_arena_copy(&arena, (sm_span){(const char *)data, n});
    if (parse(&doc, record, &arena) && !memchr(record.p, '\n', record.n)) {
        const sm_span id = sm_doc_id(&doc);
        expect(sm_span_equal(written(&doc, &arena), record));
        sm_doc_set_meta(&doc, "k", SM_SPAN("{\"v\":1}"));
        sm_doc_set_text(&doc, SM_SPAN("変わった\n\"text\""));
        if (sm_doc_messages(&doc, &messages)) sm_doc_set_message(&doc, 0, SM_SPAN("別"));
        expect(parse(&again, written(&doc, &arena), &arena));
        expect(sm_span_equal(sm_doc_id(&again), id));
        expect(sm_span_equal(sm_doc_text(&again), sm_doc_text(&doc)) || messages);
        expect(sm_span_equal(sm_doc_field(&again, "metadata.k.v"), SM_SPAN("1")));
    }
    sm_arena_free(&arena);
    return 0;
}
