/* A template as Jinja text, written from the same table that is rendered: see seimai/chat.h.
 * SPDX-License-Identifier: MIT */
#include "template.h"

/* ---- Jinja ------------------------------------------------------------------------------------------ */

/* The inside of a Jinja string. */
static void put_quoted(sm_buffer *out, sm_span text)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '\\' || c == '\'') sm_buffer_putc(out, '\\');
        if (c == '\n')
            sm_buffer_puts(out, "\\n");
        else
            sm_buffer_putc(out, c);
    }
}

static size_t length(const chat_piece *pieces, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += pieces[i].text.n;
    return bytes;
}

/* 'the string', or nothing for an empty one. */
static bool put_string(sm_buffer *out, const chat_piece *pieces, size_t n)
{
    if (!length(pieces, n)) return false;
    sm_buffer_putc(out, '\'');
    for (size_t i = 0; i < n; i++)
        put_quoted(out, pieces[i].text);
    sm_buffer_putc(out, '\'');
    return true;
}

static void put_constant(sm_buffer *out, const chat_piece *pieces, size_t n)
{
    if (!length(pieces, n)) return;
    sm_buffer_puts(out, "{{- ");
    (void)put_string(out, pieces, n);
    sm_buffer_puts(out, " -}}");
}

/* {{- 'before' + message['content'] + 'after' -}} */
static void put_turn(sm_buffer *out, const chat_string *before, const chat_piece *after,
                     size_t n_after)
{
    sm_buffer_puts(out, "{{- ");
    if (before && put_string(out, before->pieces, before->n)) sm_buffer_puts(out, " + ");
    sm_buffer_puts(out, "message['content']");
    if (length(after, n_after)) {
        sm_buffer_puts(out, " + ");
        (void)put_string(out, after, n_after);
    }
    sm_buffer_puts(out, " -}}");
}

static void put_role(sm_buffer *out, const char *branch, chat_role role)
{
    sm_buffer_printf(out, "{%%- %s message['role'] == '%s' -%%}", branch,
                     chat_role_names[role]);
}

static void put_user(const sm_chat *chat, sm_buffer *out)
{
    const chat_string *const after = &chat->after[ROLE_USER];
    if (chat->template->user_behind_system) {
        sm_buffer_puts(out, "{%- if loop.index0 == 1 and messages[0]['role'] == 'system' -%}");
        put_turn(out, &chat->user_behind_system, after->pieces, after->n);
        sm_buffer_puts(out, "{%- else -%}");
    }
    put_turn(out, &chat->before[ROLE_USER], after->pieces, after->n);
    if (chat->template->user_behind_system) sm_buffer_puts(out, "{%- endif -%}");
}

static void put_assistant(const sm_chat *chat, bool marks, sm_buffer *out)
{
    const chat_string *const before = &chat->before[ROLE_ASSISTANT];
    const chat_string *const after = &chat->after[ROLE_ASSISTANT];
    put_constant(out, before->pieces, before->n);
    if (marks) sm_buffer_puts(out, "{%- generation -%}");
    put_turn(out, NULL, after->pieces, chat->n_end);
    if (marks) sm_buffer_puts(out, "{%- endgeneration -%}");
    put_constant(out, after->pieces + chat->n_end, after->n - chat->n_end);
}

static void put_head(const sm_chat *chat, sm_buffer *out)
{
    const chat_piece document = {sm_tokenizer_bytes(chat->tokenizer, chat->document), 0};
    put_constant(out, &document, 1);
    if (!chat->template->preamble) return;
    const chat_piece preamble = {sm_span_of(chat->template->preamble), 0};
    sm_buffer_puts(out, "{%- if messages[0]['role'] != 'system' -%}");
    put_constant(out, &preamble, 1);
    sm_buffer_puts(out, "{%- endif -%}");
}

void sm_chat_jinja(const sm_chat *chat, bool marks_generation, sm_buffer *out)
{
    const chat_string *const system = &chat->after[ROLE_SYSTEM];
    const chat_string *const reply = &chat->before[ROLE_ASSISTANT];
    put_head(chat, out);
    sm_buffer_puts(out, "{%- for message in messages -%}");
    put_role(out, "if", ROLE_SYSTEM);
    put_turn(out, &chat->before[ROLE_SYSTEM], system->pieces, system->n);
    put_role(out, "elif", ROLE_USER);
    put_user(chat, out);
    put_role(out, "elif", ROLE_ASSISTANT);
    put_assistant(chat, marks_generation, out);
    sm_buffer_puts(out, "{%- else -%}{{- raise_exception('unknown role') -}}{%- endif -%}"
                        "{%- endfor -%}{%- if add_generation_prompt -%}");
    put_constant(out, reply->pieces, reply->n);
    sm_buffer_puts(out, "{%- endif -%}");
}
