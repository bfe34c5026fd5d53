/* Changing and writing documents: the record's own bytes, with what was set in their place.
 * SPDX-License-Identifier: MIT */
#include "doc_internal.h"
#include "json_scan.h"

#include <seimai/json.h>
#include <string.h>

/* ---- changes -------------------------------------------------------------------------------- */

/* The id of a document without one is made of its text as read, so it is fixed before that changes. */
static void keep_identity(sm_doc *doc)
{
    struct sm_doc_fields *f = doc->fields;
    if (f->id_raw.p) return;
    (void)sm_doc_id(doc);
    f->write_id = true;
}

void sm_doc_set_text(sm_doc *doc, sm_span text)
{
    struct sm_doc_fields *f = doc->fields;
    if (f->n_messages || sm_span_equal(text, sm_doc_text(doc))) return;
    keep_identity(doc);
    f->new_text = text;
    f->text_changed = f->changed = true;
}

void sm_doc_set_message(sm_doc *doc, size_t index, sm_span content)
{
    sm_message *m = &doc->fields->messages[index];
    if (sm_span_equal(m->content, content)) return;
    keep_identity(doc);
    m->content = content;
    m->changed = doc->fields->changed = true;
    doc->fields->decoded = false; /* sm_doc_text joins the contents anew */
}

void sm_doc_set_meta(sm_doc *doc, const char *key, sm_span json)
{
    member_push(&doc->fields->meta, doc->arena, (member){sm_span_of(key), json});
    doc->fields->changed = true;
}

/* Finds the content's key and, for a record that has the new key already, what has to make room. */
static void find_replaced(const sm_doc *doc, struct sm_doc_fields *f)
{
    json_scanner s = json_scanner_make(f->content_parent, 512);
    bool first = true;
    sm_span key, value;
    f->shadowed = (sm_span){0};
    (void)json_object_begin(&s);
    while (json_object_next(&s, &first, &key, &value)) {
        if (value.p == f->content_raw.p)
            f->content_key_raw = key;
        else if (sm_span_equal(sm_json_decode(key, doc->arena), f->new_key))
            f->shadowed = (sm_span){key.p, (size_t)(value.p + value.n - key.p)};
    }
}

void sm_doc_replace_text(sm_doc *doc, const char *key, sm_span json)
{
    struct sm_doc_fields *f = doc->fields;
    keep_identity(doc);
    f->new_key = sm_span_of(key);
    f->new_value = json;
    f->changed = true;
    find_replaced(doc, f);
}

int sm_doc_drop(sm_doc *doc, const char *rule, double value, double threshold)
{
    doc->rule = rule;
    doc->value = value;
    doc->threshold = threshold;
    return SM_DROP;
}

bool sm_doc_is_changed(const sm_doc *doc)
{
    return doc->fields->changed;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The record is copied up to each change in turn; `from` is what has not been copied yet. */
typedef struct splice {
    const char *from;
    sm_buffer *out;
} splice;

static void copy_until(splice *s, const char *p)
{
    sm_buffer_put(s->out, (sm_span){s->from, (size_t)(p - s->from)});
    s->from = p;
}

static void skip_raw(splice *s, sm_span raw)
{
    copy_until(s, raw.p);
    s->from = raw.p + raw.n;
}

static void put_member(sm_buffer *out, member m)
{
    sm_json_quote(out, m.key);
    sm_buffer_putc(out, ':');
    sm_buffer_put(out, m.value);
}

/* The last value that was set for a key, or NULL. */
static const member *setting_of(const member_list *meta, sm_span key)
{
    for (size_t i = meta->n; i-- > 0;)
        if (sm_span_equal(meta->items[i].key, key)) return &meta->items[i];
    return NULL;
}

static bool stands_in(const member_list *old, sm_span key)
{
    for (size_t i = 0; i < old->n; i++)
        if (sm_span_equal(old->items[i].key, key)) return true;
    return false;
}

/* Appends the settings that replace no old member; `comma` tells whether something stands before. */
static void put_new_settings(const member_list *meta, const member_list *old, bool comma,
                             sm_buffer *out)
{
    for (size_t i = 0; i < meta->n; i++) {
        const member *m = &meta->items[i];
        if (setting_of(meta, m->key) != m || stands_in(old, m->key)) continue;
        if (comma) sm_buffer_putc(out, ',');
        put_member(out, *m);
        comma = true;
    }
}

static void write_metadata(const sm_doc *doc, splice *s)
{
    const struct sm_doc_fields *f = doc->fields;
    json_scanner scan = json_scanner_make(f->metadata_raw, 512);
    member_list old = {0};
    bool first = true;
    sm_span key, value;
    (void)json_object_begin(&scan);
    while (json_object_next(&scan, &first, &key, &value)) {
        const member m = {sm_json_decode(key, doc->arena), value};
        const member *set = setting_of(&f->meta, m.key);
        member_push(&old, doc->arena, m);
        if (!set) continue;
        skip_raw(s, value);
        sm_buffer_put(s->out, set->value);
    }
    copy_until(s, scan.p - 1); /* the closing brace */
    put_new_settings(&f->meta, &old, old.n > 0, s->out);
}

static void write_new_metadata(const sm_doc *doc, splice *s)
{
    const member_list none = {0};
    copy_until(s, doc->fields->close.p);
    sm_buffer_puts(s->out, ",\"metadata\":{");
    put_new_settings(&doc->fields->meta, &none, false, s->out);
    sm_buffer_putc(s->out, '}');
}

static void write_content(const sm_doc *doc, splice *s)
{
    const struct sm_doc_fields *f = doc->fields;
    if (f->new_key.p) {
        skip_raw(s, f->content_key_raw);
        sm_json_quote(s->out, f->new_key);
        skip_raw(s, f->content_raw);
        sm_buffer_put(s->out, f->new_value);
        return;
    }
    if (f->text_changed) {
        skip_raw(s, f->content_raw);
        sm_json_quote(s->out, f->new_text);
    }
    for (size_t i = 0; i < f->n_messages; i++) {
        const sm_message *m = &f->messages[i];
        if (!m->changed) continue;
        skip_raw(s, m->raw);
        sm_json_quote(s->out, m->content);
    }
}

/* Leaves a member out, with the comma before it or, for the first one, the comma behind it. The content
 * is another member, so there is one. */
static void skip_shadowed(const sm_doc *doc, splice *s)
{
    const char *from = doc->fields->shadowed.p;
    const char *to = from + doc->fields->shadowed.n;
    while (from[-1] != ',' && from[-1] != '{')
        from--;
    if (from[-1] == ',')
        from--;
    else
        while (*to++ != ',') {
        }
    skip_raw(s, (sm_span){from, (size_t)(to - from)});
}

static void write_id(const sm_doc *doc, splice *s)
{
    copy_until(s, doc->fields->open.p + 1);
    sm_buffer_puts(s->out, "\"id\":");
    sm_json_quote(s->out, doc->fields->id);
    sm_buffer_putc(s->out, ',');
}

/* A change, and where its place begins in the record. */
typedef struct change {
    const char *at;
    void (*write)(const sm_doc *doc, splice *s);
} change;

static void add_change(change *list, size_t *n, change c)
{
    size_t i = (*n)++;
    for (; i > 0 && list[i - 1].at > c.at; i--)
        list[i] = list[i - 1];
    list[i] = c;
}

/* Changes go in the order in which their places stand in the record. */
static void write_changed(const sm_doc *doc, splice *s)
{
    const struct sm_doc_fields *f = doc->fields;
    const sm_span metadata = f->metadata_raw;
    change list[4];
    size_t n = 0;
    if (f->write_id) add_change(list, &n, (change){f->open.p, write_id});
    if (f->shadowed.p) add_change(list, &n, (change){f->shadowed.p, skip_shadowed});
    if (f->meta.n && metadata.p) add_change(list, &n, (change){metadata.p, write_metadata});
    add_change(list, &n, (change){f->content_raw.p, write_content});
    for (size_t i = 0; i < n; i++)
        list[i].write(doc, s);
    if (f->meta.n && !metadata.p) write_new_metadata(doc, s);
}

void sm_doc_write(sm_doc *doc, sm_buffer *out)
{
    splice s = {doc->record.p, out};
    if (doc->fields->changed) write_changed(doc, &s);
    copy_until(&s, doc->record.p + doc->record.n);
    sm_buffer_putc(out, '\n');
}
