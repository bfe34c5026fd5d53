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
    {{"%PDF-", 5}, "PDF"},
    {{"PK\x03\x04", 4}, "ZIP (EPUB, Office)"},
    {{"\x89PNG", 4}, "a PNG image"},
    {{"GIF8", 4}, "a GIF image"},
    {{"\xFF\xD8\xFF", 3}, "a JPEG image"},
    {{"filedesc://", 11}, "ARC"},
    {{"\xD0\xCF\x11\xE0", 4}, "an old Office document"},
    {{"<mediawiki", 10}, "a MediaWiki dump"},
};

static const char *const kind_names[SM_SOURCES] = {"warc", "html", "text", "jsonl"};

const char *sm_source_kind_name(sm_source_kind kind)
{
    return kind_names[kind];
}

static bool begins_with(sm_span s, const char *lower)
{
    const size_t n = strlen(lower);
    return s.n >= n && strncasecmp(s.p, lower, n) == 0;
}

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

static sm_span without_start(sm_span head)
{
    if (sm_span_starts(head, (sm_span){"\xEF\xBB\xBF", 3}))
        head = (sm_span){head.p + 3, head.n - 3};
    while (head.n && strchr(" \t\r\n", *head.p) && *head.p)
        head = (sm_span){head.p + 1, head.n - 1};
    return head;
}

/* An object with a key, or an empty one. */
static bool is_json(sm_span start)
{
    if (start.n == 0 || *start.p != '{') return false;
    const sm_span rest = without_start((sm_span){start.p + 1, start.n - 1});
    return rest.n && (*rest.p == '"' || *rest.p == '}');
}

/* Text of one byte a character has no NUL; UTF-16 says by its mark that it is text. */
static bool is_binary(sm_span head)
{
    if (sm_span_starts(head, (sm_span){"\xFE\xFF", 2})) return false;
    if (sm_span_starts(head, (sm_span){"\xFF\xFE", 2})) return false;
    return head.n && memchr(head.p, '\0', head.n) && !is_html(head);
}

int sm_source_sniff(sm_span head, sm_source_kind *kind, sm_error *err)
{
    if (head.n > LOOK_BYTES) head.n = LOOK_BYTES;
    const sm_span start = without_start(head);
    *kind = SM_SOURCE_TEXT;
    if (begins_with(start, "warc/")) {
        *kind = SM_SOURCE_WARC;
        return 0;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (sm_span_starts(start, others[i].mark))
            SM_FAIL(err, SM_ENOSUP, "%s is not read", others[i].name);
    if (is_binary(head)) SM_FAIL(err, SM_EFORMAT, "neither text nor a format that is known");
    if (is_json(start))
        *kind = SM_SOURCE_JSONL;
    else if (is_html(head))
        *kind = SM_SOURCE_HTML;
    return 0;
}
