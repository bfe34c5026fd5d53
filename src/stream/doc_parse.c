/* Reading documents: see seimai/document.h.
 * SPDX-License-Identifier: MIT */
#include "doc_internal.h"
#include "json_scan.h"

#include <seimai/hash.h>
#include <seimai/json.h>
#include <seimai/utf8.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 512, FEW_MEMBERS = 16 };

void member_push(member_list *list, sm_arena *arena, member m)
{
    if (list->n == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 8;
        member *more = sm_arena_alloc(arena, list->cap * sizeof *more);
        if (list->n) memcpy(more, list->items, list->n * sizeof *more);
        list->items = more;
    }
    list->items[list->n++] = m;
}

/* ---- decoding --------------------------------------------------------------------------- */

static unsigned hex_of(const char *p)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        const unsigned c = (unsigned char)p[i];
        value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* At a backslash of a valid string: writes what the escape stands for and gives its length. */
static size_t decode_escape(const char *p, const char *end, char **out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    if (p[1] != 'u') {
        const char *found = strchr(from, p[1]);
        *(*out)++ = found ? to[found - from] : p[1];
        return 2;
    }
    uint32_t c = hex_of(p + 2);
    size_t length = 6;
    if (c >= 0xD800 && c < 0xDC00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
        const uint32_t low = hex_of(p + 8);
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            length = 12;
        }
    }
    *out += sm_utf8_put(c, *out);
    return length;
}

sm_span sm_json_decode(sm_span raw, sm_arena *arena)
{
    const char *p = raw.p + 1;
    const char *const end = raw.p + raw.n - 1;
    const char *escape = memchr(p, '\\', (size_t)(end - p));
    if (!escape) return (sm_span){p, (size_t)(end - p)};
    /* No escape is shorter than what it stands for. */
    char *const text = sm_arena_alloc(arena, (size_t)(end - p));
    char *out = text;
    while (escape) {
        memcpy(out, p, (size_t)(escape - p));
        out += escape - p;
        p = escape + decode_escape(escape, end, &out);
        escape = memchr(p, '\\', (size_t)(end - p));
    }
    memcpy(out, p, (size_t)(end - p));
    out += end - p;
    return (sm_span){text, (size_t)(out - text)};
}

bool sm_json_check(sm_span json, int depth, size_t *at)
{
    json_scanner s = json_scanner_make(json, depth);
    sm_span raw;
    const size_t valid = sm_utf8_check(json);
    *at = valid;
    if (valid < json.n) return false;
    if (json_scan_value(&s, &raw)) json_skip_space(&s);
    *at = (size_t)(s.p - json.p);
    return !s.fault && s.p == s.end;
}

/* ---- one object's members ----------------------------------------------------------------- */

static int order_keys(const void *a, const void *b)
{
    return sm_span_order(*(const sm_span *)a, *(const sm_span *)b);
}

static bool has_duplicate(const member_list *list, sm_arena *arena)
{
    if (list->n <= FEW_MEMBERS) {
        for (size_t i = 1; i < list->n; i++)
            for (size_t k = 0; k < i; k++)
                if (sm_span_equal(list->items[i].key, list->items[k].key)) return true;
        return false;
    }
    sm_span *keys = sm_arena_alloc(arena, list->n * sizeof *keys);
    for (size_t i = 0; i < list->n; i++)
        keys[i] = list->items[i].key;
    qsort(keys, list->n, sizeof *keys, order_keys);
    for (size_t i = 1; i < list->n; i++)
        if (sm_span_equal(keys[i - 1], keys[i])) return true;
    return false;
}

/* Reads the members of the object at s; false at a fault. */
static bool read_members(json_scanner *s, member_list *list, sm_arena *arena)
{
    bool first = true;
    sm_span key, value;
    if (!json_object_begin(s)) return false;
    while (json_object_next(s, &first, &key, &value))
        member_push(list, arena, (member){sm_json_decode(key, arena), value});
    if (s->fault) return false;
    if (!has_duplicate(list, arena)) return true;
    s->fault = "duplicate-key";
    return false;
}

static const member *find_member(const member_list *list, sm_span key)
{
    for (size_t i = 0; i < list->n; i++)
        if (sm_span_equal(list->items[i].key, key)) return &list->items[i];
    return NULL;
}

static sm_span first_step(const char *path)
{
    return (sm_span){path, strcspn(path, ".")};
}

/* Where a dotted path leads: an empty value means nowhere. */
typedef struct path_end {
    sm_span value, parent; /* raw; the parent is the object that holds the value */
    bool ambiguous;        /* an object on the way has the key twice; the last one counts */
} path_end;

static path_end step_into(path_end at, sm_span wanted, sm_arena *arena)
{
    path_end end = {.parent = at.value, .ambiguous = at.ambiguous};
    json_scanner s = json_scanner_make(at.value, MAX_DEPTH);
    bool first = true;
    sm_span key, value;
    if (!json_object_begin(&s)) return end;
    while (json_object_next(&s, &first, &key, &value)) {
        if (!sm_span_equal(sm_json_decode(key, arena), wanted)) continue;
        end.ambiguous |= end.value.n > 0;
        end.value = value;
    }
    return end;
}

static path_end find_path(const sm_doc *doc, const char *path)
{
    const struct sm_doc_fields *f = doc->fields;
    sm_span step = first_step(path);
    const member *m = find_member(&f->members, step);
    path_end at = {.parent = {f->open.p, (size_t)(f->close.p + 1 - f->open.p)}};
    if (m) at.value = m->value;
    for (path += step.n; *path && at.value.n; path += step.n) {
        step = first_step(++path);
        at = step_into(at, step, doc->arena);
    }
    return at;
}

sm_span sm_doc_field(const sm_doc *doc, const char *path)
{
    return find_path(doc, path).value;
}

bool sm_doc_field_string(const sm_doc *doc, const char *path, sm_span *string)
{
    const sm_span raw = sm_doc_field(doc, path);
    if (raw.n < 2 || raw.p[0] != '"') return false;
    *string = sm_json_decode(raw, doc->arena);
    return true;
}

/* ---- the document ------------------------------------------------------------------------- */

/* `members` is the caller's: one list serves all messages. */
static const char *read_message(sm_doc *doc, sm_span raw, member_list *members,
                                sm_message *message)
{
    json_scanner s = json_scanner_make(raw, MAX_DEPTH);
    members->n = 0;
    if (!read_members(&s, members, doc->arena))
        return strcmp(s.fault, "not-an-object") ? s.fault : "bad-messages";
    const member *role = find_member(members, SM_SPAN("role"));
    const member *content = find_member(members, SM_SPAN("content"));
    if (!role || role->value.p[0] != '"') return "bad-messages";
    if (!content || content->value.p[0] != '"') return "bad-messages";
    *message = (sm_message){.role = sm_json_decode(role->value, doc->arena),
                            .content = sm_json_decode(content->value, doc->arena),
                            .raw = content->value};
    return NULL;
}

static const char *read_messages(sm_doc *doc, sm_span raw)
{
    struct sm_doc_fields *f = doc->fields;
    json_scanner s = json_scanner_make(raw, MAX_DEPTH);
    member_list members = {0};
    size_t cap = 0;
    if (raw.p[0] != '[') return "bad-messages";
    s.p++;
    json_skip_space(&s);
    while (*s.p != ']') {
        sm_span item;
        if (!json_scan_value(&s, &item)) return s.fault;
        if (f->n_messages == cap) {
            cap = cap ? cap * 2 : 8;
            sm_message *more = sm_arena_alloc(doc->arena, cap * sizeof *more);
            if (f->n_messages) memcpy(more, f->messages, f->n_messages * sizeof *more);
            f->messages = more;
        }
        const char *kind = read_message(doc, item, &members, &f->messages[f->n_messages++]);
        if (kind) return kind;
        json_skip_space(&s);
        if (*s.p == ',') s.p++;
        json_skip_space(&s);
    }
    return f->n_messages ? NULL : "bad-messages";
}

static const char *read_metadata(sm_doc *doc)
{
    json_scanner s = json_scanner_make(doc->fields->metadata_raw, MAX_DEPTH);
    member_list members = {0};
    if (s.p[0] != '{') return "bad-metadata";
    return read_members(&s, &members, doc->arena) ? NULL : s.fault;
}

static const char *read_known_fields(sm_doc *doc, const char *text_key)
{
    struct sm_doc_fields *f = doc->fields;
    const member *id = find_member(&f->members, SM_SPAN("id"));
    const member *metadata = find_member(&f->members, SM_SPAN("metadata"));
    const member *messages = find_member(&f->members, SM_SPAN("messages"));
    const path_end found = find_path(doc, text_key);
    const sm_span text = found.value;
    if (id) f->id_raw = id->value;
    if (id && !strchr("\"-0123456789", id->value.p[0])) return "bad-id";
    if (metadata) f->metadata_raw = metadata->value;
    if (metadata) {
        const char *kind = read_metadata(doc);
        if (kind) return kind;
    }
    if (found.ambiguous) return "duplicate-key";
    if (!text.n && !messages) {
        f->content_raw = (sm_span){doc->record.p, 0};
        f->content_parent = doc->record;
        return doc->any_record ? NULL : "no-text";
    }
    /* Which of the two would be filtered, and which would stay unmasked? */
    if (text.n && messages && strcmp(text_key, "text") == 0) return "text-and-messages";
    f->content_raw = text.n ? text : messages->value;
    f->content_parent = text.n ? found.parent : doc->record;
    if (!text.n) return read_messages(doc, messages->value);
    return text.p[0] == '"' || doc->any_content ? NULL : "bad-text";
}

static const char *parse(sm_doc *doc, const char *text_key, const char **at)
{
    struct sm_doc_fields *f = doc->fields;
    const size_t valid = sm_utf8_check(doc->record);
    *at = doc->record.p + valid;
    if (valid < doc->record.n) return "bad-utf8";
    json_scanner s = json_scanner_make(doc->record, MAX_DEPTH - 1);
    json_skip_space(&s);
    f->open = (sm_span){s.p, 1};
    const bool good = read_members(&s, &f->members, doc->arena);
    *at = s.p;
    if (!good) return s.fault;
    f->close = (sm_span){s.p - 1, 1};
    json_skip_space(&s);
    *at = s.p;
    if (s.p != s.end) return "bad-json";
    *at = s.lone_surrogate ? s.lone_surrogate : doc->record.p;
    if (s.lone_surrogate) return "lone-surrogate";
    return read_known_fields(doc, text_key);
}

int sm_doc_parse(sm_doc *doc, const char *text_key, const char **kind, size_t *at)
{
    const char *where = doc->record.p;
    doc->rule = NULL;
    doc->user = NULL;
    doc->fields = sm_arena_zalloc(doc->arena, 1, sizeof *doc->fields);
    *kind = parse(doc, text_key, &where);
    *at = (size_t)(where - doc->record.p);
    return *kind ? 0 : 1;
}

/* ---- what a document holds ------------------------------------------------------------------ */

static sm_span join_messages(sm_doc *doc)
{
    const struct sm_doc_fields *f = doc->fields;
    size_t n = f->n_messages - 1;
    for (size_t i = 0; i < f->n_messages; i++)
        n += f->messages[i].content.n;
    char *const text = sm_arena_alloc(doc->arena, n);
    char *p = text;
    for (size_t i = 0; i < f->n_messages; i++) {
        const sm_span content = f->messages[i].content;
        if (i) *p++ = '\n';
        if (content.n) memcpy(p, content.p, content.n);
        p += content.n;
    }
    return (sm_span){text, n};
}

/* The text as it was read. */
static sm_span text_as_read(sm_doc *doc)
{
    struct sm_doc_fields *f = doc->fields;
    if (f->decoded) return f->text;
    f->decoded = true;
    if (f->n_messages)
        f->text = join_messages(doc);
    else if (!f->content_raw.n) /* any_record */
        f->text = (sm_span){NULL, 0};
    else if (f->content_raw.p[0] == '"')
        f->text = sm_json_decode(f->content_raw, doc->arena);
    else
        f->text = f->content_raw;
    return f->text;
}

sm_span sm_doc_text(sm_doc *doc)
{
    return doc->fields->text_changed ? doc->fields->new_text : text_as_read(doc);
}

sm_span sm_doc_id(sm_doc *doc)
{
    struct sm_doc_fields *f = doc->fields;
    if (f->id.p) return f->id;
    if (f->id_raw.p) {
        f->id = f->id_raw.p[0] == '"' ? sm_json_decode(f->id_raw, doc->arena) : f->id_raw;
        return f->id;
    }
    char *hex = sm_arena_alloc(doc->arena, SM_HASH_HEX + 1);
    const sm_span text = text_as_read(doc);
    sm_hash128_hex(sm_hash128_of(text.p ? text : doc->record), hex);
    f->id = (sm_span){hex, SM_HASH_HEX};
    return f->id;
}

size_t sm_doc_messages(sm_doc *doc, const sm_message **messages)
{
    *messages = doc->fields->messages;
    return doc->fields->n_messages;
}
