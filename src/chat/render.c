/* Messages to ids, and the bit of each: see seimai/chat.h.
 * SPDX-License-Identifier: MIT */
#include "render_internal.h"

#include <seimai/utf8.h>

#include <string.h>

void sm_chat_ids_free(sm_chat_ids *out)
{
    sm_ids_free(&out->ids);
    sm_free(out->targets);
    sm_free(out->parts);
    *out = (sm_chat_ids){0};
}

/* ---- writing ids ------------------------------------------------------------------------------------ */

writer writer_begin(const sm_chat *chat, const sm_tokenizer *tokenizer, sm_encoder *encoder,
                    sm_chat_ids *out)
{
    out->ids.n = out->n_parts = 0;
    out->text_bytes = out->characters = 0;
    out->ends_open = false;
    return (writer){.tokenizer = tokenizer,
                    .encoder = encoder,
                    .puts_space = chat && chat->puts_space,
                    .run = sm_buffer_make(SIZE_MAX / 2),
                    .out = out};
}

void writer_end(writer *w)
{
    sm_buffer_free(&w->run);
}

/* Marks what was appended since there were `from` ids. */
static void mark(sm_chat_ids *out, size_t from, bool target)
{
    const size_t n = out->ids.n, bytes = n / 8 + 1;
    if (bytes > out->bits_cap) {
        out->bits_cap = bytes + bytes / 2;
        out->targets = sm_realloc(out->targets, out->bits_cap);
    }
    for (size_t i = from; i < n; i++) {
        const uint8_t bit = (uint8_t)(1U << i % 8);
        if (i % 8 == 0) out->targets[i / 8] = 0;
        if (target) out->targets[i / 8] |= bit;
    }
}

void writer_part(writer *w, sm_part_kind kind)
{
    sm_chat_ids *const out = w->out;
    out->parts = sm_array_grow(out->parts, out->n_parts, &out->parts_cap, sizeof *out->parts);
    out->parts[out->n_parts++] = (sm_shard_part){kind, (uint32_t)out->ids.n};
}

void writer_content(writer *w, sm_span content)
{
    sm_buffer_put(&w->run, content);
    w->out->text_bytes += content.n;
    w->out->characters += sm_utf8_count(content);
}

void writer_flush(writer *w, bool target)
{
    sm_span text = sm_buffer_span(&w->run);
    if (!text.n) return;
    if (w->puts_space && !target && text.p[0] == ' ') text = sm_span_from(text, 1);
    const size_t from = w->out->ids.n;
    sm_tokenizer_encode(w->tokenizer, w->encoder, text, &w->out->ids);
    mark(w->out, from, target);
    sm_buffer_clear(&w->run);
}

void writer_token(writer *w, uint32_t id, bool target)
{
    writer_flush(w, target);
    sm_ids_put(&w->out->ids, id);
    mark(w->out, w->out->ids.n - 1, target);
}

void writer_string(writer *w, const chat_piece *pieces, size_t n, bool target)
{
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].id == SM_NO_TOKEN)
            sm_buffer_put(&w->run, pieces[i].text);
        else
            writer_token(w, pieces[i].id, target);
    }
}

/* ---- turns ------------------------------------------------------------------------------------------ */

void writer_turn(writer *w, const sm_chat *chat, chat_role role, chat_role previous,
                 sm_span content)
{
    const chat_string *before = &chat->before[role];
    if (role == ROLE_USER && previous == ROLE_SYSTEM) before = &chat->user_behind_system;
    writer_string(w, before->pieces, before->n, false);
    writer_content(w, content);
    writer_string(w, chat->after[role].pieces, chat->after[role].n, false);
}

/* Our own words, not the document's: no content. */
void writer_preamble(writer *w, const sm_chat *chat)
{
    if (chat->template->preamble) sm_buffer_puts(&w->run, chat->template->preamble);
}

void writer_reply(writer *w, const sm_chat *chat)
{
    const chat_string *const before = &chat->before[ROLE_ASSISTANT];
    writer_string(w, before->pieces, before->n, false);
    /* A space that the tokenizer will put before the answer is not written twice. */
    if (w->puts_space && w->run.n && w->run.p[w->run.n - 1] == ' ') w->run.n--;
    writer_flush(w, false);
}

void writer_answer(writer *w, const sm_chat *chat, sm_part_kind kind, sm_span content,
                   bool stops)
{
    const chat_string *const after = &chat->after[ROLE_ASSISTANT];
    writer_part(w, kind);
    writer_content(w, content);
    writer_string(w, after->pieces, chat->n_end - !stops, true);
    writer_flush(w, true);
}

/* ---- dialogues -------------------------------------------------------------------------------------- */

static chat_role role_of(sm_span name)
{
    int r = 0;
    while (r < ROLE_COUNT && !sm_span_equal(name, sm_span_of(chat_role_names[r])))
        r++;
    return (chat_role)r;
}

/* May `role` stand behind `previous` (ROLE_COUNT: nothing)? */
static bool may_follow(chat_role previous, chat_role role)
{
    if (role == ROLE_SYSTEM) return previous == ROLE_COUNT;
    if (role == ROLE_USER) return previous != ROLE_USER;
    return previous == ROLE_USER;
}

const char *sm_chat_fault(const sm_chat *chat, const sm_chat_message *messages, size_t n,
                          bool open_reply, size_t *at)
{
    chat_role previous = ROLE_COUNT;
    size_t said = 0;
    *at = 0;
    if (!n) return "no-messages";
    for (size_t i = 0; i < n; i++) {
        *at = i;
        const chat_role role = role_of(messages[i].role);
        if (role == ROLE_COUNT) return "unknown-role";
        if (!may_follow(previous, role)) return "role-order";
        if (role == ROLE_ASSISTANT && chat_ends_open(chat) && i + 1 < n) return "one-answer";
        said += role == ROLE_ASSISTANT && messages[i].content.n;
        previous = role;
    }
    if (open_reply) return previous == ROLE_USER ? NULL : "role-order";
    return said ? NULL : "no-target";
}

/* What a rule means, for a message. */
static const char *meaning(const char *rule)
{
    static const struct {
        const char *rule, *meaning;
    } meanings[] = {
        {"no-messages", "there are none"},
        {"unknown-role", "known are system, user, assistant"},
        {"role-order", "system first if at all, then user and assistant in turns"},
        {"no-target", "the assistant says nothing"},
        {"one-answer", "the tokenizer has no token that ends a turn within a document"},
    };
    size_t i = 0;
    while (i + 1 < sizeof meanings / sizeof *meanings && strcmp(meanings[i].rule, rule) != 0)
        i++;
    return meanings[i].meaning;
}

static void render_message(writer *w, const sm_chat *chat, const sm_chat_message *m,
                           chat_role previous, bool is_last)
{
    const chat_role role = role_of(m->role);
    sm_chat_ids *const out = w->out;
    if (role != ROLE_ASSISTANT) {
        if (previous == ROLE_ASSISTANT) writer_part(w, SM_PART_PROMPT);
        writer_turn(w, chat, role, previous, m->content);
        return;
    }
    out->ends_open = is_last && chat_ends_open(chat);
    writer_reply(w, chat);
    writer_answer(w, chat, SM_PART_RESPONSE, m->content, !out->ends_open);
    const chat_string *const after = &chat->after[ROLE_ASSISTANT];
    writer_string(w, after->pieces + chat->n_end, after->n - chat->n_end, false);
}

int sm_chat_render(const sm_chat *chat, sm_encoder *encoder, const sm_chat_message *messages,
                   size_t n, bool open_reply, sm_chat_ids *out, sm_error *err)
{
    size_t at = 0;
    const char *const rule = sm_chat_fault(chat, messages, n, open_reply, &at);
    if (rule) SM_FAIL(err, SM_EFORMAT, "message %zu: %s: %s", at + 1, rule, meaning(rule));
    writer w = writer_begin(chat, chat->tokenizer, encoder, out);
    chat_role previous = ROLE_COUNT;
    writer_part(&w, SM_PART_PROMPT);
    if (role_of(messages[0].role) != ROLE_SYSTEM) writer_preamble(&w, chat);
    for (size_t i = 0; i < n; i++) {
        render_message(&w, chat, &messages[i], previous, i + 1 == n);
        previous = role_of(messages[i].role);
    }
    if (open_reply) writer_reply(&w, chat);
    writer_flush(&w, false);
    writer_end(&w);
    return SM_OK;
}
