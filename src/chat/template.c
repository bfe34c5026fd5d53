/* The templates, and how one is bound to a tokenizer: see seimai/chat.h.
 *
 * Sources: ChatML (OpenAI, 2023; Qwen's tokenizer_config.json); Meta's generation.py of Llama 2 and the model card of
 * Llama 3; llm-jp-3-instruct's chat template; Stanford Alpaca's prompt without input.
 * SPDX-License-Identifier: MIT */
#include "template.h"

#include <string.h>

const char *const chat_role_names[ROLE_COUNT] = {"system", "user", "assistant"};

#define CHATML_HEAD(role) TOKEN("<|im_start|>") role "\n"
#define LLAMA3_HEAD(role) TOKEN("<|start_header_id|>") role TOKEN("<|end_header_id|>") "\n\n"

const chat_template chat_templates[] = {
    {.name = "chatml",
     .stop = "<|im_end|>",
     .role = {{CHATML_HEAD("system"), STOP "\n"},
              {CHATML_HEAD("user"), STOP "\n"},
              {CHATML_HEAD("assistant"), STOP "\n"}},
     .marks = {"<|im_start|>"}},
    {.name = "llama3",
     .stop = "<|eot_id|>",
     .document = "<|begin_of_text|>",
     .role = {{LLAMA3_HEAD("system"), STOP},
              {LLAMA3_HEAD("user"), STOP},
              {LLAMA3_HEAD("assistant"), STOP}},
     .marks = {"<|start_header_id|>"}},
    {.name = "llama2",
     .stop = "</s>",
     .document = "<s>",
     .role = {{"[INST] <<SYS>>\n", "\n<</SYS>>\n\n"}, {"[INST] ", " [/INST]"}, {" ", " " STOP}},
     .user_behind_system = "",
     .marks = {"[INST]"}},
    {.name = "instruct",
     .preamble = "以下は、タスクを説明する指示です。要求を適切に満たす応答を書きなさい。",
     .role = {{"", ""}, {"\n\n### 指示:\n", ""}, {"\n\n### 応答:\n", STOP}},
     .marks = {"### 応答", "### 指示"}},
    {.name = "alpaca",
     .preamble = "Below is an instruction that describes a task. Write a response that "
                 "appropriately completes the request.",
     .role = {{"", ""}, {"\n\n### Instruction:\n", ""}, {"\n\n### Response:\n", STOP}},
     .marks = {"### Instruction", "### Response"}},
};
const size_t chat_n_templates = sizeof chat_templates / sizeof *chat_templates;

/* ---- cutting a string ----------------------------------------------------------------------------- */

static int cut_token(sm_chat *chat, sm_span name, chat_piece *piece, sm_error *err)
{
    piece->text = name.n ? name : sm_tokenizer_bytes(chat->tokenizer, chat->stop);
    piece->id = name.n ? sm_tokenizer_find(chat->tokenizer, name) : chat->stop;
    if (piece->id == SM_NO_TOKEN)
        SM_FAIL(err, SM_EUSAGE, "template %s: the tokenizer has no token %.*s",
                chat->template->name, (int)name.n, name.p);
    return SM_OK;
}

int chat_cut(sm_chat *chat, const char *string, chat_string *out, sm_error *err)
{
    sm_span rest = sm_span_of(string);
    out->n = 0;
    out->pieces = sm_arena_zalloc(&chat->arena, rest.n, sizeof *out->pieces);
    while (rest.n) {
        chat_piece *const piece = &out->pieces[out->n++];
        const char *const open = sm_span_find(rest, SM_SPAN("\x01"));
        const size_t text = open ? (size_t)(open - rest.p) : rest.n;
        *piece = (chat_piece){{rest.p, text}, SM_NO_TOKEN};
        rest = sm_span_from(rest, text);
        if (text) continue;
        const char *const close = sm_span_find(rest, SM_SPAN("\x02"));
        const sm_span name = {rest.p + 1, (size_t)(close - rest.p) - 1};
        SM_TRY(cut_token(chat, name, piece, err));
        rest = sm_span_from(rest, name.n + 2);
    }
    return SM_OK;
}

/* ---- binding ---------------------------------------------------------------------------------------- */

static uint32_t find(const sm_chat *chat, const char *token)
{
    return token ? sm_tokenizer_find(chat->tokenizer, sm_span_of(token)) : SM_NO_TOKEN;
}

static int choose_stop(sm_chat *chat, sm_error *err)
{
    const chat_template *const t = chat->template;
    chat->stop = find(chat, t->stop ? t->stop : "<|im_end|>");
    if (chat->stop == SM_NO_TOKEN && !t->stop) chat->stop = sm_tokenizer_eot(chat->tokenizer);
    if (chat->stop != SM_NO_TOKEN) return SM_OK;
    SM_FAIL(err, SM_EUSAGE, "template %s: the tokenizer has no token %s", t->name,
            t->stop ? t->stop : "that ends a turn or a document");
}

/* The first that there is and that ends no turn. */
static int choose_document(sm_chat *chat, sm_error *err)
{
    const uint32_t candidates[] = {find(chat, chat->template->document),
                                   sm_tokenizer_eot(chat->tokenizer),
                                   find(chat, "<|endoftext|>"),
                                   find(chat, "<|begin_of_text|>"),
                                   find(chat, "<s>"),
                                   find(chat, "<bos>")};
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        chat->document = candidates[i];
        if (candidates[i] != SM_NO_TOKEN && candidates[i] != chat->stop) return SM_OK;
    }
    chat->document = chat->stop;
    if (!chat->template->stop) return SM_OK; /* plain text: chat_ends_open */
    SM_FAIL(err, SM_EUSAGE, "template %s: the tokenizer has no token that ends a document",
            chat->template->name);
}

static int cut_strings(sm_chat *chat, sm_error *err)
{
    const chat_template *const t = chat->template;
    for (int r = 0; r < ROLE_COUNT; r++) {
        SM_TRY(chat_cut(chat, t->role[r].before, &chat->before[r], err));
        SM_TRY(chat_cut(chat, t->role[r].after, &chat->after[r], err));
    }
    chat->user_behind_system = chat->before[ROLE_USER];
    if (t->user_behind_system)
        SM_TRY(chat_cut(chat, t->user_behind_system, &chat->user_behind_system, err));
    const chat_string *const end = &chat->after[ROLE_ASSISTANT];
    while (end->pieces[chat->n_end++].id != chat->stop)
        continue;
    return SM_OK;
}

/* SentencePiece's dummy prefix: a letter's first token decodes to a space. */
static bool puts_space(const sm_tokenizer *tokenizer)
{
    sm_encoder *const encoder = sm_encoder_new();
    sm_ids ids = {0};
    sm_tokenizer_encode(tokenizer, encoder, SM_SPAN("a"), &ids);
    const bool puts =
        ids.n && sm_span_starts(sm_tokenizer_bytes(tokenizer, ids.p[0]), SM_SPAN(" "));
    sm_ids_free(&ids);
    sm_encoder_free(encoder);
    return puts;
}

static const chat_template *template_of(const char *name, const sm_tokenizer *tokenizer)
{
    const bool is_llama3 =
        sm_tokenizer_find(tokenizer, SM_SPAN("<|start_header_id|>")) != SM_NO_TOKEN;
    if (!name) name = is_llama3 ? "llama3" : "chatml";
    for (size_t i = 0; i < chat_n_templates; i++)
        if (strcmp(chat_templates[i].name, name) == 0) return &chat_templates[i];
    return NULL;
}

int sm_chat_open(sm_chat **chat, const char *name, const sm_tokenizer *tokenizer, sm_error *err)
{
    *chat = NULL;
    const chat_template *const t = template_of(name, tokenizer);
    if (!t) SM_FAIL(err, SM_EUSAGE, "unknown template '%s' (known: %s)", name, SM_CHAT_CHOICES);
    sm_chat *const c = sm_calloc(1, sizeof *c);
    *c = (sm_chat){.template = t, .tokenizer = tokenizer, .puts_space = puts_space(tokenizer)};
    int status = choose_stop(c, err);
    if (status == SM_OK) status = choose_document(c, err);
    if (status == SM_OK) status = cut_strings(c, err);
    if (status == SM_OK)
        *chat = c;
    else
        sm_chat_free(c);
    return status;
}

void sm_chat_free(sm_chat *chat)
{
    if (!chat) return;
    sm_arena_free(&chat->arena);
    sm_free(chat);
}

const char *sm_chat_name(const sm_chat *chat)
{
    return chat->template->name;
}

uint32_t sm_chat_stop(const sm_chat *chat)
{
    return chat->stop;
}

uint32_t sm_chat_document(const sm_chat *chat)
{
    return chat->document;
}
