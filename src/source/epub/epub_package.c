/* The package document of an EPUB: see epub.h.
 * SPDX-License-Identifier: MIT */
#ifdef SM_EPUB
#include "epub.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 1 << 20, TEXT_MAX = 64 << 10, VALUE_MAX = 4 << 10 };

/* ---- XML ------------------------------------------------------------------------------------- */

/* A document in the handlers' hands. Names of elements come without their prefix. */
typedef struct xml_reader {
    void (*start)(void *self, const char *name, const char **attributes);
    void (*end)(void *self, const char *name, sm_span text);
    void *self;
    sm_buffer text; /* of the innermost element so far */
} xml_reader;

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static void XMLCALL on_start(void *data, const char *name, const char **attributes)
{
    xml_reader *r = data;
    sm_buffer_clear(&r->text);
    r->start(r->self, local_name(name), attributes);
}

static void XMLCALL on_end(void *data, const char *name)
{
    xml_reader *r = data;
    if (r->end) r->end(r->self, local_name(name), sm_buffer_span(&r->text));
    sm_buffer_clear(&r->text);
}

static void XMLCALL on_text(void *data, const char *p, int n)
{
    xml_reader *r = data;
    sm_buffer_put(&r->text, (sm_span){p, (size_t)n});
}

static int parse_xml(sm_span xml, xml_reader *r, const char *name, sm_error *err)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    int rc = 0;
    if (!parser) sm_out_of_memory(0);
    r->text = sm_buffer_make(TEXT_MAX);
    XML_SetUserData(parser, r);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    /* Its length was bounded by the caller. */
    if (XML_Parse(parser, xml.p, (int)xml.n, 1) != XML_STATUS_OK)
        rc = sm_error_set(err, SM_EFORMAT, "%s:%lu: %s", name,
                          (unsigned long)XML_GetCurrentLineNumber(parser),
                          XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
    sm_buffer_free(&r->text);
    return rc;
}

static const char *attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i]; i += 2)
        if (strcmp(local_name(attributes[i]), name) == 0) return attributes[i + 1];
    return "";
}

/* One of the words of a list: "nav scripted". */
static bool has_word(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *p = list; (p = strstr(p, word)); p += n) {
        const bool begins = p == list || p[-1] == ' ';
        if (begins && (p[n] == '\0' || p[n] == ' ')) return true;
    }
    return false;
}

/* ---- paths ------------------------------------------------------------------------------------ */

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* %E5%9B%BE and the like undone, up to a fragment. */
static sm_span unescape(const char *href, sm_arena *arena)
{
    const size_t n = strcspn(href, "#");
    char *out = sm_arena_alloc(arena, n + 1);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const bool marked = href[i] == '%' && i + 2 < n;
        const int high = marked ? hex(href[i + 1]) : -1, low = marked ? hex(href[i + 2]) : -1;
        const bool escaped = high >= 0 && low >= 0;
        out[k++] = escaped ? (char)(high * 16 + low) : href[i];
        i += escaped ? 2 : 0;
    }
    out[k] = '\0';
    return (sm_span){out, k};
}

/* Appends a segment of a path; "." and ".." do what they say, and never leave the archive. */
static void put_segment(sm_buffer *path, sm_span segment)
{
    if (!segment.n || sm_span_equal(segment, SM_SPAN("."))) return;
    if (!sm_span_equal(segment, SM_SPAN(".."))) {
        if (path->n) sm_buffer_putc(path, '/');
        sm_buffer_put(path, segment);
        return;
    }
    while (path->n && path->p[path->n - 1] != '/')
        path->n--;
    if (path->n) path->n--;
}

static void put_segments(sm_buffer *path, sm_span s)
{
    while (s.n) {
        const char *slash = memchr(s.p, '/', s.n);
        const size_t n = slash ? (size_t)(slash - s.p) : s.n;
        put_segment(path, (sm_span){s.p, n});
        s = (sm_span){s.p + n + (slash != NULL), s.n - n - (slash != NULL)};
    }
}

/* An address in the document at `base`, as a path in the archive. */
static const char *resolve(const char *base, const char *href, sm_arena *arena)
{
    const char *slash = strrchr(base, '/');
    sm_buffer path = sm_buffer_make(strlen(base) + strlen(href) + 2);
    if (slash && *href != '/') put_segments(&path, (sm_span){base, (size_t)(slash - base)});
    put_segments(&path, unescape(href, arena));
    const sm_span copy = sm_arena_copy(arena, sm_buffer_span(&path));
    sm_buffer_free(&path);
    return copy.p;
}

/* ---- container.xml and encryption.xml -------------------------------------------------------- */

typedef struct rootfile {
    sm_arena *arena;
    const char *path;
} rootfile;

static void find_rootfile(void *self, const char *name, const char **attributes)
{
    rootfile *r = self;
    if (r->path || strcmp(name, "rootfile") != 0) return;
    if (strcmp(attribute(attributes, "media-type"), "application/oebps-package+xml") != 0)
        return;
    const char *path = attribute(attributes, "full-path");
    if (*path) r->path = resolve("", path, r->arena);
}

int epub_find_package(sm_span xml, sm_arena *arena, const char **path, sm_error *err)
{
    rootfile r = {arena, NULL};
    xml_reader reader = {find_rootfile, NULL, &r, {0}};
    const int rc = parse_xml(xml, &reader, "META-INF/container.xml", err);
    *path = r.path;
    if (r.path) return 0; /* what is broken behind it does not matter */
    SM_TRY(rc);
    SM_FAIL(err, SM_EFORMAT, "META-INF/container.xml: it names no package document");
}

static void find_method(void *self, const char *name, const char **attributes)
{
    static const char *const harmless[] = {"http://www.idpf.org/2008/embedding",
                                           "http://ns.adobe.com/pdf/enc#RC"};
    bool *encrypted = self;
    const char *algorithm = attribute(attributes, "Algorithm");
    bool known = false;
    if (strcmp(name, "EncryptionMethod") != 0) return;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        known = known || strcmp(algorithm, harmless[i]) == 0;
    if (!known) *encrypted = true;
}

bool epub_is_encrypted(sm_span xml)
{
    bool encrypted = false;
    xml_reader reader = {find_method, NULL, &encrypted, {0}};
    return parse_xml(xml, &reader, "", NULL) < 0 || encrypted;
}

/* ---- the package document ---------------------------------------------------------------------- */

typedef struct opf {
    sm_arena *arena;
    const char *path;
    epub_package *package;
    epub_item *items;
    size_t n_items, cap_items;
    const char **order; /* ids, as the spine names them */
    size_t n_order, cap_order;
    const char *toc;           /* path of a table of contents that the guide names (OPF 2) */
    const char *unique_id;     /* which of the identifiers counts */
    bool is_unique, is_layout; /* the element that is open */
} opf;

static const char *keep(const opf *o, const char *string)
{
    return sm_arena_copy(o->arena, sm_span_of(string)).p;
}

static void add_item(opf *o, const char **attributes)
{
    const char *type = attribute(attributes, "media-type");
    const char *href = attribute(attributes, "href");
    const bool is_nav = has_word(attribute(attributes, "properties"), "nav");
    const bool is_markup = strcmp(type, "application/xhtml+xml") == 0 ||
                           strcmp(type, "text/html") == 0 ||
                           strcmp(type, "text/x-oeb1-document") == 0;
    if (o->n_items == ITEMS_MAX) return;
    o->items = sm_array_grow(o->items, o->n_items, &o->cap_items, sizeof *o->items);
    o->items[o->n_items++] = (epub_item){.id = keep(o, attribute(attributes, "id")),
                                         .path = resolve(o->path, href, o->arena),
                                         .is_page = is_markup && !is_nav};
}

static void add_reference(opf *o, const char **attributes)
{
    if (strcmp(attribute(attributes, "linear"), "no") == 0 || o->n_order == ITEMS_MAX) return;
    o->order = sm_array_grow(o->order, o->n_order, &o->cap_order, sizeof *o->order);
    o->order[o->n_order++] = keep(o, attribute(attributes, "idref"));
}

/* Two ways of saying that pages are fixed; the older one has its value in an attribute. */
static void read_meta(opf *o, const char **attributes)
{
    o->is_layout = strcmp(attribute(attributes, "property"), "rendition:layout") == 0;
    if (strcmp(attribute(attributes, "name"), "fixed-layout") == 0 &&
        strcmp(attribute(attributes, "content"), "true") == 0)
        o->package->is_fixed = true;
}

static void opf_start(void *self, const char *name, const char **attributes)
{
    opf *o = self;
    if (strcmp(name, "package") == 0)
        o->unique_id = keep(o, attribute(attributes, "unique-identifier"));
    if (strcmp(name, "item") == 0) add_item(o, attributes);
    if (strcmp(name, "itemref") == 0) add_reference(o, attributes);
    if (strcmp(name, "meta") == 0) read_meta(o, attributes);
    if (strcmp(name, "identifier") == 0)
        o->is_unique = o->unique_id && strcmp(attribute(attributes, "id"), o->unique_id) == 0;
    if (strcmp(name, "reference") == 0 && strcmp(attribute(attributes, "type"), "toc") == 0)
        o->toc = resolve(o->path, attribute(attributes, "href"), o->arena);
}

static sm_span trimmed(sm_span s)
{
    while (s.n && strchr(" \t\r\n", *s.p))
        s = (sm_span){s.p + 1, s.n - 1};
    while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
        s.n--;
    return s;
}

/* The first of several titles is the main one; authors are all named. */
static void put_value(const opf *o, sm_span *value, sm_span text, bool join)
{
    text = trimmed(text);
    if (!text.n || (value->n && !join) || value->n > VALUE_MAX) return;
    if (!value->n) {
        *value = sm_arena_copy(o->arena, text);
        return;
    }
    *value = sm_span_of(
        sm_arena_printf(o->arena, "%.*s; %.*s", (int)value->n, value->p, (int)text.n, text.p));
}

static void opf_end(void *self, const char *name, sm_span text)
{
    opf *o = self;
    epub_package *package = o->package;
    const struct {
        const char *name;
        sm_span *value;
        bool join;
    } fields[] = {
        {"title", &package->title, false},   {"creator", &package->author, true},
        {"language", &package->lang, false}, {"publisher", &package->publisher, false},
        {"date", &package->date, false},     {"rights", &package->rights, false}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strcmp(name, fields[i].name) == 0)
            put_value(o, fields[i].value, text, fields[i].join);
    if (strcmp(name, "identifier") == 0) {
        if (o->is_unique) package->identifier = (sm_span){0};
        put_value(o, &package->identifier, text, false);
    }
    if (o->is_layout && sm_span_equal(trimmed(text), SM_SPAN("pre-paginated")))
        package->is_fixed = true;
    o->is_layout = false;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const epub_item *)a)->id, ((const epub_item *)b)->id);
}

/* The spine's ids looked up in the manifest. */
static void list_spine(opf *o)
{
    epub_package *package = o->package;
    package->spine = sm_arena_alloc(o->arena, (o->n_order + 1) * sizeof *package->spine);
    if (o->n_items) qsort(o->items, o->n_items, sizeof *o->items, by_id);
    for (size_t i = 0; i < o->n_order; i++) {
        const epub_item wanted = {.id = o->order[i]};
        const epub_item *item =
            o->n_items ? bsearch(&wanted, o->items, o->n_items, sizeof *o->items, by_id) : NULL;
        if (!item || !item->is_page) continue;
        if (o->toc && strcmp(item->path, o->toc) == 0) continue;
        package->spine[package->n_spine++] = *item;
    }
}

int epub_read_package(sm_span xml, const char *path, sm_arena *arena, epub_package *package,
                      sm_error *err)
{
    opf o = {.arena = arena, .path = path, .package = package};
    xml_reader reader = {opf_start, opf_end, &o, {0}};
    *package = (epub_package){0};
    const int rc = parse_xml(xml, &reader, path, err);
    list_spine(&o);
    sm_free(o.items);
    sm_free(o.order);
    return rc;
}
#else
typedef int epub_package_is_not_built; /* a file of C has a declaration */
#endif
