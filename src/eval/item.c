/* Lines of JSON to items: see seimai/eval.h.
 * SPDX-License-Identifier: MIT */
#include "item.h"
#include "ids.h"

#include <seimai/eval.h>
#include <seimai/json.h>

#include <string.h>

static const sm_span QUESTION = {"\n\n質問：", sizeof "\n\n質問：" - 1};
static const sm_span PASSAGE = {"文章：", sizeof "文章：" - 1};

/* ---- fields ----------------------------------------------------------------------------------------- */

/* A record as a tree, and where the item's copies go. */
typedef struct line {
    sm_eval_items *items;
    sm_doc *doc;
    const sm_value *root;
    sm_arena *arena;
} line;

static bool text_of(const line *l, const char *key, sm_span *text)
{
    const sm_value *const v = sm_value_get(l->root, key);
    if (!v || v->kind != SM_STRING) return false;
    *text = sm_arena_copy(l->arena, v->as.string);
    return true;
}

/* A list of at least one string, or (where `single`) a string by itself. */
static const sm_span *texts_of(const line *l, const char *key, bool single, size_t *n)
{
    const sm_value *v = sm_value_get(l->root, key);
    const bool is_list = v && v->kind == SM_LIST;
    *n = 0;
    if (!v || (!is_list && !single)) return NULL;
    const size_t many = is_list ? v->n : 1;
    const sm_value *const each = is_list ? v->items : v;
    sm_span *const texts = sm_arena_zalloc(l->arena, many + 1, sizeof *texts);
    for (size_t i = 0; i < many; i++) {
        if (each[i].kind != SM_STRING) return NULL;
        texts[i] = sm_arena_copy(l->arena, each[i].as.string);
    }
    *n = many;
    return many > 0 ? texts : NULL;
}

/* ---- multiple choice ----------------------------------------------------------------------------------- */

static const char *check_choices(const sm_eval_item *item)
{
    if (item->n_choices < 2) return "no-choices";
    for (size_t i = 0; i < item->n_choices; i++) {
        if (item->choices[i].n == 0) return "empty-choice";
        for (size_t k = 0; k < i; k++)
            if (sm_span_equal(item->choices[i], item->choices[k])) return "same-choices";
    }
    return NULL;
}

/* The answer is a number from 0, or the text of a choice. */
static const char *read_answer(const line *l, sm_eval_item *item)
{
    const sm_value *const v = sm_value_get(l->root, "answer");
    if (v && v->kind == SM_INT && v->as.integer >= 0 &&
        (uint64_t)v->as.integer < item->n_choices) {
        item->answer = (size_t)v->as.integer;
        return NULL;
    }
    for (size_t i = 0; v && v->kind == SM_STRING && i < item->n_choices; i++)
        if (sm_span_equal(v->as.string, item->choices[i])) {
            item->answer = i;
            return NULL;
        }
    return "bad-answer";
}

/* {"prompt", "chosen", "rejected"}: the chosen one is right. */
static bool read_pair(const line *l, sm_eval_item *item)
{
    sm_span *const two = sm_arena_zalloc(l->arena, 2, sizeof *two);
    if (!text_of(l, "prompt", &item->prompt) || !text_of(l, "chosen", &two[0]) ||
        !text_of(l, "rejected", &two[1]))
        return false;
    item->choices = two;
    item->n_choices = 2;
    return true;
}

static const char *read_choice(const line *l, sm_eval_item *item)
{
    if (!sm_value_get(l->root, "choices") && read_pair(l, item)) return check_choices(item);
    if (!text_of(l, "context", &item->prompt) && !text_of(l, "prompt", &item->prompt))
        return "no-context";
    item->choices = texts_of(l, "choices", false, &item->n_choices);
    if (!item->choices) return "no-choices";
    const char *const fault = check_choices(item);
    return fault ? fault : read_answer(l, item);
}

/* ---- generation and scoring ----------------------------------------------------------------------------- */

/* The document's messages; those of the assistant at the end stay out, and are the reference where there is no other. */
static void read_messages(const line *l, sm_eval_item *item)
{
    const sm_message *read = NULL;
    size_t n = sm_doc_messages(l->doc, &read);
    sm_chat_message *const copy = sm_arena_zalloc(l->arena, n + 1, sizeof *copy);
    sm_span *const last = sm_arena_zalloc(l->arena, 1, sizeof *last);
    for (size_t i = 0; i < n; i++)
        copy[i] = (sm_chat_message){sm_arena_copy(l->arena, read[i].role),
                                    sm_arena_copy(l->arena, read[i].content)};
    for (; n > 0 && sm_span_equal(copy[n - 1].role, SM_SPAN("assistant")); n--)
        *last = copy[n - 1].content;
    if (last->p && item->n_references == 0) {
        item->references = last;
        item->n_references = 1;
    }
    item->messages = n > 0 ? copy : NULL;
    item->n_messages = n;
}

/* 文章：PASSAGE⏎⏎質問：QUESTION as the only message. */
static void split_message(sm_eval_item *item)
{
    if (item->n_messages != 1 || item->passage.p) return;
    const sm_span all = item->messages[0].content;
    const char *const at = sm_span_find(all, QUESTION);
    if (!at || !sm_span_starts(all, PASSAGE)) return;
    item->passage = (sm_span){all.p + PASSAGE.n, (size_t)(at - all.p) - PASSAGE.n};
    item->question = sm_span_from(all, (size_t)(at - all.p) + QUESTION.n);
}

void sm_eval_item_join(sm_eval_item *item, sm_arena *arena)
{
    sm_buffer text = sm_buffer_make(SIZE_MAX / 8);
    sm_chat_message *const message = sm_arena_zalloc(arena, 1, sizeof *message);
    sm_buffer_put(&text, PASSAGE);
    sm_buffer_put(&text, item->passage);
    sm_buffer_put(&text, QUESTION);
    sm_buffer_put(&text, item->question);
    *message = (sm_chat_message){SM_SPAN("user"), sm_arena_copy(arena, sm_buffer_span(&text))};
    item->messages = message;
    item->n_messages = 1;
    sm_buffer_free(&text);
}

static void read_references(const line *l, sm_eval_item *item)
{
    static const char *const keys[] = {"references", "reference", "answer"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys && item->n_references == 0; i++)
        item->references = texts_of(l, keys[i], true, &item->n_references);
}

static const char *read_question(const line *l, sm_eval_item *item)
{
    read_references(l, item);
    if (l->items->task == SM_EVAL_SCORE)
        return !text_of(l, "output", &item->output) ? "no-output"
               : item->n_references == 0            ? "no-references"
                                                    : NULL;
    read_messages(l, item);
    split_message(item);
    if (!item->messages && text_of(l, "passage", &item->passage) &&
        text_of(l, "question", &item->question))
        sm_eval_item_join(item, l->arena);
    if (!item->messages && !text_of(l, "prompt", &item->prompt)) return "no-prompt";
    if (l->items->mismatch) return item->passage.p ? NULL : "no-passage";
    return item->n_references == 0 ? "no-references" : NULL;
}

/* ---- the item ------------------------------------------------------------------------------------------- */

static void hash_span(sm_hasher *hasher, sm_span s)
{
    char length[8];
    sm_put_u64(length, s.n);
    sm_hasher_add(hasher, (sm_span){length, sizeof length});
    sm_hasher_add(hasher, s);
}

/* What a model wrote is no part of the item: it is what runs are compared by. */
void sm_eval_item_hash(sm_eval_item *item)
{
    sm_hasher *const hasher = sm_hasher_new();
    char answer[8];
    sm_put_u64(answer, item->answer);
    hash_span(hasher, item->prompt);
    for (size_t i = 0; i < item->n_messages; i++) {
        hash_span(hasher, item->messages[i].role);
        hash_span(hasher, item->messages[i].content);
    }
    for (size_t i = 0; i < item->n_choices; i++)
        hash_span(hasher, item->choices[i]);
    hash_span(hasher, (sm_span){answer, sizeof answer});
    for (size_t i = 0; i < item->n_references; i++)
        hash_span(hasher, item->references[i]);
    item->hash = sm_hasher_value(hasher);
    sm_hasher_free(hasher);
}

/* KEY=TEXT or KEY~TEXT, whichever sign comes first. */
static bool is_wanted(const char *where, const sm_doc *doc)
{
    if (!where) return true;
    const size_t key = strcspn(where, "=~");
    char path[256];
    sm_span text;
    if (where[key] == '\0' || key >= sizeof path) return false;
    memcpy(path, where, key);
    path[key] = '\0';
    const sm_span wanted = sm_span_of(where + key + 1);
    if (!sm_doc_field_string(doc, path, &text)) return false;
    return where[key] == '=' ? sm_span_equal(text, wanted)
                             : wanted.n == 0 || sm_span_find(text, wanted) != NULL;
}

static int add(const line *l)
{
    sm_eval_items *const items = l->items;
    sm_eval_item item = {0};
    const char *const rule =
        items->task == SM_EVAL_CHOICE ? read_choice(l, &item) : read_question(l, &item);
    if (rule) return sm_doc_drop(l->doc, rule, 0, 0);
    item.id = sm_arena_copy(l->arena, sm_doc_id(l->doc));
    if (sm_eval_ids_find(items->ids, item.id) != SM_EVAL_NONE)
        return sm_doc_drop(l->doc, "duplicate-id", 0, 0);
    sm_eval_item_hash(&item);
    sm_eval_ids_add(items->ids, item.id, items->n);
    items->items = sm_array_grow(items->items, items->n, &items->cap, sizeof item);
    items->items[items->n++] = item;
    return SM_KEEP;
}

static int commit(void *shared, sm_doc *doc, sm_error *err)
{
    sm_eval_items *const items = shared;
    sm_config tree = {0};
    sm_error fault = {0};
    (void)err;
    if (!is_wanted(items->where, doc)) return sm_doc_drop(doc, "where", 0, 0);
    if (items->limit > 0 && items->n >= items->limit)
        return sm_doc_drop(doc, "limit", (double)items->n, (double)items->limit);
    if (sm_config_parse_json(&tree, doc->file, doc->record, &fault) < 0)
        return sm_doc_drop(doc, "bad-item", 0, 0);
    const line l = {items, doc, &tree.root, &items->arena};
    const int status = add(&l);
    sm_config_free(&tree);
    return status;
}

static int map(void *shared, sm_doc *doc, sm_error *err)
{
    (void)shared, (void)doc, (void)err;
    return SM_KEEP;
}

static void put_reports(void *shared, sm_buffer *json)
{
    const sm_eval_items *const items = shared;
    sm_json_put_uint(json, "items", items->n);
    sm_json_key(json, "models");
    sm_json_open(json, '[');
    if (items->reports.n > 0) sm_json_raw(json, sm_buffer_span(&items->reports));
    sm_json_close(json, ']');
}

sm_job sm_eval_items_job(sm_eval_items *items)
{
    items->ids = sm_eval_ids_new();
    items->reports = sm_buffer_make(SIZE_MAX / 8);
    return (sm_job){.shared = items,
                    .map = map,
                    .commit = commit,
                    .any_record = true,
                    .no_output = true,
                    .report = put_reports};
}

void sm_eval_items_free(sm_eval_items *items)
{
    sm_eval_ids_free(items->ids);
    sm_free(items->items);
    sm_buffer_free(&items->reports);
    sm_arena_free(&items->arena);
    *items = (sm_eval_items){0};
}
