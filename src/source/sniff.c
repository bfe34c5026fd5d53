/* What a file is, by its first bytes: see seimai/source.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/source.h>

#include <string.h>
#include <strings.h>

enum { LOOK_BYTES = 8 << 10 };

/* Formats that are known, so that a message can name them. */
static const struct {
    sm_span mark;
    const char *name;
} others[] = {
    {{"\x89PNG", 4}, "a PNG image"},
    {{"GIF8", 4}, "a GIF image"},
    {{"\xFF\xD8\xFF", 3}, "a JPEG image"},
    {{"\xD0\xCF\x11\xE0", 4}, "an old Office document"},
    {{"{\\rtf", 5}, "a Rich Text document"},
    {{"Rar!", 4}, "a RAR archive"},
    {{"7z\xBC\xAF", 4}, "a 7-Zip archive"},
    {{"OggS", 4}, "an Ogg stream"},
};

static const char *const kind_names[SM_SOURCES] = {"warc", "arc",  "html",   "text", "jsonl",
                                                   "epub", "wiki", "aozora", "pdf"};

const char *sm_source_kind_name(sm_source_kind kind)
{
    return kind_names[kind];
}

static bool begins_with(sm_span s, const char *lower)
{
    const size_t n = strlen(lower);
    return s.n >= n && strncasecmp(s.p, lower, n) == 0;
}

static bool contains(sm_span s, const char *string)
{
    const sm_span part = sm_span_of(string);
    while (s.n >= part.n) {
        const char *p = memchr(s.p, *part.p, s.n - part.n + 1);
        if (!p) return false;
        if (memcmp(p, part.p, part.n) == 0) return true;
        s = (sm_span){p + 1, s.n - (size_t)(p + 1 - s.p)};
    }
    return false;
}

static sm_span without_start(sm_span head)
{
    if (sm_span_starts(head, (sm_span){"\xEF\xBB\xBF", 3}))
        head = (sm_span){head.p + 3, head.n - 3};
    while (head.n && strchr(" \t\r\n", *head.p) && *head.p)
        head = (sm_span){head.p + 1, head.n - 1};
    return head;
}

/* ---- markup ----------------------------------------------------------------------------------- */

/* Tags that a page has near its beginning, and no other text. */
static bool is_html(sm_span head)
{
    static const char *const tags[] = {"<!doctype html", "<html", "<head",  "<body", "<title",
                                       "<meta",          "<div",  "<p>",    "<h1",   "<table",
                                       "<script",        "<br",   "<a href"};
    for (size_t i = 0; i < head.n; i++) {
        const char *less = memchr(head.p + i, '<', head.n - i);
        if (!less) break;
        i = (size_t)(less - head.p);
        for (size_t k = 0; k < sizeof tags / sizeof *tags; k++)
            if (begins_with((sm_span){less, head.n - i}, tags[k])) return true;
    }
    return false;
}

/* What stands behind an XML declaration and comments. */
static sm_span without_prolog(sm_span start)
{
    while (sm_span_starts(start, SM_SPAN("<?")) || sm_span_starts(start, SM_SPAN("<!--"))) {
        const char *greater = memchr(start.p, '>', start.n);
        if (!greater) break;
        const size_t n = (size_t)(greater + 1 - start.p);
        start = without_start((sm_span){start.p + n, start.n - n});
    }
    return start;
}

static bool is_wiki(sm_span start)
{
    return sm_span_starts(without_prolog(start), SM_SPAN("<mediawiki"));
}

/* An object with a key, or an empty one. */
static bool is_json(sm_span start)
{
    if (start.n == 0 || *start.p != '{') return false;
    const sm_span rest = without_start((sm_span){start.p + 1, start.n - 1});
    return rest.n && (*rest.p == '"' || *rest.p == '}');
}

/* ---- books ------------------------------------------------------------------------------------ */

static bool is_zip(sm_span start)
{
    return sm_span_starts(start, SM_SPAN("PK\x03\x04"));
}

/* Office documents are ZIP files too. What is left is opened as a book, whose reader looks closer. */
static bool is_office(sm_span head)
{
    return contains(head, "[Content_Types].xml") || contains(head, "application/vnd.oasis");
}

/* Aozora Bunko's notation: its legend, its colophon, or its notes together with ruby. The two encodings
 * share no byte sequence among these marks. */
static bool is_aozora(sm_span head)
{
    static const struct {
        const char *legend, *colophon, *typist, *note, *ruby;
    } encodings[] = {
        {"\x83\x65\x83\x4C\x83\x58\x83\x67\x92\x86\x82\xC9\x8C\xBB\x82\xEA\x82\xE9"
         "\x8B\x4C\x8D\x86", /* テキスト中に現れる記号, in CP932 */
         "\n\x92\xEA\x96\x7B\x81\x46", "\n\x93\xFC\x97\xCD\x81\x46", "\x81\x6D\x81\x94",
         "\x81\x73"},
        {"テキスト中に現れる記号", "\n底本：", "\n入力：", "［＃", "《"},
    };
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        if (contains(head, encodings[i].legend)) return true;
        if (contains(head, encodings[i].colophon) && contains(head, encodings[i].typist))
            return true;
        if (contains(head, encodings[i].note) && contains(head, encodings[i].ruby)) return true;
    }
    return false;
}

/* ---- the choice --------------------------------------------------------------------------------- */

/* Text of one byte a character has no NUL; UTF-16 says by its mark that it is text. */
static bool is_binary(sm_span head)
{
    if (sm_span_starts(head, (sm_span){"\xFE\xFF", 2})) return false;
    if (sm_span_starts(head, (sm_span){"\xFF\xFE", 2})) return false;
    return head.n && memchr(head.p, '\0', head.n) && !is_html(head);
}

/* What the first bytes alone decide. */
static bool is_marked(sm_span start, sm_source_kind *kind)
{
    static const struct {
        const char *mark;
        sm_source_kind kind;
    } marks[] = {
        {"warc/", SM_SOURCE_WARC}, {"filedesc:", SM_SOURCE_ARC}, {"%pdf-", SM_SOURCE_PDF}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (!begins_with(start, marks[i].mark)) continue;
        *kind = marks[i].kind;
        return true;
    }
    if (!is_wiki(start)) return false;
    *kind = SM_SOURCE_WIKI;
    return true;
}

static sm_source_kind kind_of_text(sm_span look, sm_span head, sm_span start)
{
    if (is_json(start)) return SM_SOURCE_JSONL;
    if (is_html(look)) return SM_SOURCE_HTML;
    return is_aozora(head) ? SM_SOURCE_AOZORA : SM_SOURCE_TEXT;
}

int sm_source_sniff(sm_span head, sm_source_kind *kind, sm_error *err)
{
    const sm_span look = {head.p, head.n < LOOK_BYTES ? head.n : LOOK_BYTES};
    const sm_span start = without_start(look);
    *kind = SM_SOURCE_TEXT;
    if (is_marked(start, kind)) return 0;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (sm_span_starts(start, others[i].mark))
            SM_FAIL(err, SM_ENOSUP, "%s is not read", others[i].name);
    if (is_zip(start) && is_office(look))
        SM_FAIL(err, SM_ENOSUP, "an Office document is not read");
    if (is_zip(start)) {
        *kind = SM_SOURCE_EPUB;
        return 0;
    }
    if (is_binary(look)) SM_FAIL(err, SM_EFORMAT, "neither text nor a format that is known");
    *kind = kind_of_text(look, head, start);
    return 0;
}
