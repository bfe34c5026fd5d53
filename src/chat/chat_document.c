/* Documents of each kind to ids: see seimai/chat.h.
 * SPDX-License-Identifier: MIT */
#include "render_internal.h"

#include <string.h>

static const char *const kind_names[] = {[SM_CHAT_TEXT] = "text",
                                         [SM_CHAT_DIALOG] = "chat",
                                         [SM_CHAT_PAIR] = "pair",
                                         [SM_CHAT_SEQ2SEQ] = "seq2seq"};

const char *sm_chat_kind_name(sm_chat_kind kind)
{
    return kind_names[kind];
}

bool sm_chat_kind_named(const char *name, sm_chat_kind *kind)
{
    for (size_t k = 0; k < sizeof kind_names / sizeof *kind_names; k++) {
        if (strcmp(kind_names[k], name) != 0) continue;
        *kind = (sm_chat_kind)k;
        return true;
    }
    return false;
}

/* ---- fields ----------------------------------------------------------------------------------------- */

/* Two texts of which the second answers the first, as data sets call them. `more` joins the first. */
static const struct {
    const char *asked, *answer, *more;
} answered[] = {
    {"source", "target", NULL},
    {"prompt", "response", NULL},
    {"prompt", "completion", NULL},
    {"instruction", "output", "input"},
};

static bool has(const sm_doc *doc, const char *field)
{
    return field && sm_doc_field(doc, field).n != 0;
}

sm_chat_kind sm_chat_kind_of(const sm_doc *doc)
{
    if (has(doc, "messages")) return SM_CHAT_DIALOG;
    if (has(doc, "chosen") && has(doc, "rejected")) return SM_CHAT_PAIR;
    for (size_t i = 0; i < sizeof answered / sizeof *answered; i++)
        if (has(doc, answered[i].asked) && has(doc, answered[i].answer)) return SM_CHAT_SEQ2SEQ;
    return SM_CHAT_TEXT;
}

/* A blank line between an instruction and what it is to be applied to, where there is such a thing. */
static sm_span join(sm_doc *doc, sm_span asked, const char *field)
{
    sm_span more = {0};
    if (!has(doc, field) || !sm_doc_field_string(doc, field, &more) || !more.n) return asked;
    char *const p = sm_arena_alloc(doc->arena, asked.n + 2 + more.n);
    if (asked.n) memcpy(p, asked.p, asked.n);
    memcpy(p + asked.n, "\n\n", 2);
    memcpy(p + asked.n + 2, more.p, more.n);
    return (sm_span){p, asked.n + 2 + more.n};
}

static bool read_answered(sm_doc *doc, sm_span *asked, sm_span *answer)
{
    for (size_t i = 0; i < sizeof answered / sizeof *answered; i++) {
        if (!sm_doc_field_string(doc, answered[i].asked, asked)) continue;
        if (!sm_doc_field_string(doc, answered[i].answer, answer)) continue;
        *asked = join(doc, *asked, answered[i].more);
        return true;
    }
    return false;
}

size_t sm_chat_read(sm_doc *doc, const sm_chat_message **messages)
{
    const sm_message *given = NULL;
    const size_t n = sm_doc_messages(doc, &given);
    sm_chat_message *const made = sm_arena_alloc(doc->arena, (n > 2 ? n : 2) * sizeof *made);
    *messages = made;
    for (size_t i = 0; i < n; i++)
        made[i] = (sm_chat_message){given[i].role, given[i].content};
    if (n) return n;
    made[0].role = SM_SPAN("user");
    made[1].role = SM_SPAN("assistant");
    return read_answered(doc, &made[0].content, &made[1].content) ? 2 : 0;
}

/* ---- the kinds -------------------------------------------------------------------------------------- */

typedef struct job {
    const sm_chat *chat;
    const sm_tokenizer *tokenizer;
    sm_encoder *encoder;
    sm_doc *doc;
    sm_chat_ids *out;
    double *value;
} job;

static const char *encode_text(const job *j)
{
    writer w = writer_begin(NULL, j->tokenizer, j->encoder, j->out);
    const sm_span text = sm_doc_text(j->doc);
    const sm_message *messages = NULL;
    const bool is_text = !sm_doc_messages(j->doc, &messages) && text.p;
    if (is_text) writer_content(&w, text);
    writer_flush(&w, true);
    writer_end(&w);
    return is_text ? NULL : "other-kind";
}

static const char *encode_dialog(const job *j)
{
    const sm_chat_message *messages = NULL;
    const size_t n = sm_chat_read(j->doc, &messages);
    size_t at = 0;
    if (!n) return "other-kind";
    const char *const rule = sm_chat_fault(j->chat, messages, n, false, &at);
    *j->value = (double)at + 1;
    if (rule) return rule;
    const int status = sm_chat_render(j->chat, j->encoder, messages, n, false, j->out, NULL);
    return status == SM_OK ? NULL : "role-order";
}

static const char *encode_pair(const job *j)
{
    sm_span prompt = {0}, chosen = {0}, rejected = {0};
    const bool has_all = sm_doc_field_string(j->doc, "prompt", &prompt) &&
                         sm_doc_field_string(j->doc, "chosen", &chosen) &&
                         sm_doc_field_string(j->doc, "rejected", &rejected);
    if (!has_all) return "other-kind";
    if (!chosen.n || !rejected.n) return "no-target";
    if (chat_ends_open(j->chat)) return "one-answer";
    writer w = writer_begin(j->chat, j->tokenizer, j->encoder, j->out);
    writer_part(&w, SM_PART_PROMPT);
    writer_preamble(&w, j->chat);
    writer_turn(&w, j->chat, ROLE_USER, ROLE_COUNT, prompt);
    writer_reply(&w, j->chat);
    writer_answer(&w, j->chat, SM_PART_CHOSEN, chosen, true);
    writer_answer(&w, j->chat, SM_PART_REJECTED, rejected, true);
    writer_end(&w);
    return NULL;
}

static const char *encode_seq2seq(const job *j)
{
    sm_span source = {0}, target = {0};
    if (!read_answered(j->doc, &source, &target)) return "other-kind";
    if (!target.n) return "no-target";
    writer w = writer_begin(NULL, j->tokenizer, j->encoder, j->out);
    writer_part(&w, SM_PART_SOURCE);
    writer_content(&w, source);
    writer_flush(&w, false);
    writer_part(&w, SM_PART_TARGET);
    writer_content(&w, target);
    writer_flush(&w, true);
    writer_end(&w);
    j->out->ends_open = true;
    return NULL;
}

const char *sm_chat_encode(const sm_chat *chat, const sm_tokenizer *tokenizer,
                           sm_encoder *encoder, sm_doc *doc, sm_chat_kind kind,
                           sm_chat_ids *out, double *value)
{
    static const char *(*const encoders[])(const job *) = {[SM_CHAT_TEXT] = encode_text,
                                                           [SM_CHAT_DIALOG] = encode_dialog,
                                                           [SM_CHAT_PAIR] = encode_pair,
                                                           [SM_CHAT_SEQ2SEQ] = encode_seq2seq};
    const job j = {chat, tokenizer, encoder, doc, out, value};
    *value = 0;
    return encoders[kind](&j);
}
