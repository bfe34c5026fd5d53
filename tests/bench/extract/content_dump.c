/* What the training of the content model reads: content_dump [MODEL] < FILES, the names of HTML files, one a line.
 * SPDX-License-Identifier: MIT
 *
 * Pages are decoded as seimai-extract does it, parsed, and written to standard output; integers and floats
 * have 32 bits, little-endian; a string is its length in bytes and then the bytes.
 *
 *     "SMDUMP01"
 *     n_features, then n_features names; n_page, then n_page names (features of a page, equal for all its blocks)
 *     a page, until the end of the file:
 *         name, title, lang (strings); n_elements, n_blocks
 *         n_page × float
 *         n_elements × {parent, traits, first_block, end_block, tag, class, id (strings), n_tokens, n_tokens × hash}
 *         n_blocks × {owner, kind, level, flags, width, link_width, signature, text (string)}
 *             flags: 1 selected, 2 is_sentence, 4 hidden
 *         n_features × n_blocks × float, a feature after the other
 *
 * With a MODEL the file begins with "SMDUMP03"; the features of classes and types are filled in, and each page ends with
 * what the model makes of it:
 *
 *         n_blocks × float: log-odds by the trees; the same by the nets; n_blocks × f64 probability
 *         n_blocks × u8: 1 chosen in mode main, 2 in mode precise; no_content of main
 *
 * Elements that hold no block have no tokens, class and id written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seimai/charset.h>
#include <seimai/content.h>

#include "content_internal.h"
#include "model/content_model_internal.h"

enum { PAGE_BYTES = 256 << 20, NAME_BYTES = 4096, DUMP_BYTES = 1 << 30 };

/* ---- numbers and strings ----------------------------------------------------------------------- */

static void put_u32(sm_buffer *out, uint64_t value)
{
    char bytes[4];
    sm_put_u32(bytes, (uint32_t)value);
    sm_buffer_put(out, (sm_span){bytes, sizeof bytes});
}

static void put_string(sm_buffer *out, sm_span s)
{
    put_u32(out, s.n);
    sm_buffer_put(out, s);
}

static void put_floats(sm_buffer *out, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        put_u32(out, bits);
    }
}

/* ---- a page ------------------------------------------------------------------------------------ */

typedef struct range {
    uint32_t first, end; /* blocks of the subtree; empty: it holds none */
} range;

static void widen(range *outer, range inner)
{
    if (inner.first == inner.end) return;
    if (outer->first == outer->end) *outer = inner;
    if (inner.first < outer->first) outer->first = inner.first;
    if (inner.end > outer->end) outer->end = inner.end;
}

/* The blocks of each subtree, inline elements too (those of sm_element end where the element ends, and the block
 * that it owns may end later). */
static range *find_ranges(const sm_page *page)
{
    range *ranges = sm_calloc(page->n_elements, sizeof *ranges);
    for (uint32_t i = 0; i < page->n_blocks; i++)
        widen(&ranges[page->blocks[i].owner], (range){i, i + 1});
    for (size_t i = page->n_elements; i-- > 1;)
        widen(&ranges[page->elements[i].parent], ranges[i]);
    return ranges;
}

static void put_element(sm_buffer *out, const sm_element *e, range blocks)
{
    uint32_t tokens[CLASS_TOKENS];
    const bool used = blocks.first < blocks.end;
    const size_t n = used ? sm_class_tokens(e, tokens) : 0;
    put_u32(out, e->parent);
    put_u32(out, e->traits);
    put_u32(out, blocks.first);
    put_u32(out, blocks.end);
    put_string(out, sm_span_of(sm_tags[e->tag].name));
    put_string(out, used ? e->css_class : (sm_span){0});
    put_string(out, used ? e->id : (sm_span){0});
    put_u32(out, n);
    for (size_t i = 0; i < n; i++)
        put_u32(out, tokens[i]);
}

static void put_block(sm_buffer *out, const sm_page *page, const sm_block *b,
                      uint32_t signature)
{
    const bool hidden = page->elements[b->owner].traits & SM_TRAIT_HIDDEN;
    put_u32(out, b->owner);
    put_u32(out, b->kind);
    put_u32(out, b->level);
    put_u32(out, (unsigned)b->selected | (unsigned)b->is_sentence << 1 | (unsigned)hidden << 2);
    put_u32(out, b->width);
    put_u32(out, b->link_width);
    put_u32(out, signature);
    put_string(out, b->text);
}

static void put_page(sm_buffer *out, sm_span name, const sm_page *page, const sm_features *f)
{
    range *ranges = find_ranges(page);
    put_string(out, name);
    put_string(out, page->title);
    put_string(out, page->lang);
    put_u32(out, page->n_elements);
    put_u32(out, page->n_blocks);
    for (unsigned i = BLOCK_FEATURES; i < FEATURES; i++)
        put_floats(out, sm_features_group(f, i, 0), 1);
    for (size_t i = 0; i < page->n_elements; i++)
        put_element(out, &page->elements[i], ranges[i]);
    for (size_t i = 0; i < page->n_blocks; i++)
        put_block(out, page, &page->blocks[i], sm_features_signature(f, i));
    for (unsigned i = 0; i < BLOCK_FEATURES; i++)
        put_floats(out, sm_features_group(f, i, 0), page->n_blocks);
    sm_free(ranges);
}

static void put_head(sm_buffer *out, bool scored)
{
    sm_buffer_put(out, scored ? SM_SPAN("SMDUMP03") : SM_SPAN("SMDUMP01"));
    put_u32(out, BLOCK_FEATURES);
    for (unsigned i = 0; i < BLOCK_FEATURES; i++)
        put_string(out, sm_span_of(sm_feature_of(i).name));
    put_u32(out, PAGE_FEATURES);
    for (unsigned i = BLOCK_FEATURES; i < FEATURES; i++)
        put_string(out, sm_span_of(sm_feature_of(i).name));
}

static void put_doubles(sm_buffer *out, const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        char bytes[8];
        memcpy(&bits, &values[i], sizeof bits);
        sm_put_u64(bytes, bits);
        sm_buffer_put(out, (sm_span){bytes, sizeof bytes});
    }
}

/* Runs the modes; main stays. Its features are those of the content itself. */
static void put_choices(sm_buffer *out, sm_content *content)
{
    const size_t n = content->page.n_blocks;
    char *chosen = sm_calloc(n + 1, 1);
    sm_content_select(content, SM_MODE_PRECISE);
    for (size_t i = 0; i < n; i++)
        chosen[i] = (char)(2 * content->blocks[i].selected);
    sm_content_select(content, SM_MODE_MAIN);
    for (size_t i = 0; i < n; i++)
        chosen[i] = (char)(chosen[i] | content->blocks[i].selected);
    put_floats(out, content->scores.trees, n);
    put_floats(out, content->scores.nets, n);
    put_doubles(out, content->scores.p, n);
    sm_buffer_put(out, (sm_span){chosen, n});
    put_u32(out, content->page.no_content);
    sm_free(chosen);
}

/* ---- files ------------------------------------------------------------------------------------- */

static bool read_all(const char *path, sm_buffer *bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    char block[1 << 16];
    sm_buffer_clear(bytes);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        sm_buffer_put(bytes, (sm_span){block, n});
    const bool good = !ferror(file);
    return fclose(file) == 0 && good;
}

static void decode(sm_span bytes, sm_buffer *utf8)
{
    uint64_t replaced = 0;
    const sm_charset_choice choice = sm_charset_choose(bytes, (sm_span){0}, true);
    sm_buffer_clear(utf8);
    sm_charset_decode(choice.charset, (sm_span){bytes.p + choice.bom, bytes.n - choice.bom},
                      utf8, &replaced);
}

static bool flush(sm_buffer *out)
{
    const bool good = !out->overflow && fwrite(out->p, 1, out->n, stdout) == out->n;
    sm_buffer_clear(out);
    return good;
}

/* Without a model the rules choose, and the features are computed beside. */
static void dump_page(sm_content *content, const sm_content_model *model, sm_features *features,
                      sm_span name, sm_span utf8, sm_buffer *out)
{
    const sm_page *page = sm_content_parse(content, utf8);
    sm_content_select(content, SM_MODE_MAIN);
    if (!model || !page->n_blocks) sm_features_compute(features, page, utf8.n);
    put_page(out, name, page, model && page->n_blocks ? content->features : features);
    if (model) put_choices(out, content);
}

static int dump_all(sm_content *content, const sm_content_model *model, sm_features *features)
{
    sm_buffer bytes = sm_buffer_make(PAGE_BYTES), utf8 = sm_buffer_make(4UL * PAGE_BYTES);
    sm_buffer out = sm_buffer_make(DUMP_BYTES);
    char name[NAME_BYTES];
    bool good = true;
    put_head(&out, model != NULL);
    while (good && fgets(name, sizeof name, stdin)) {
        name[strcspn(name, "\n")] = '\0';
        good = read_all(name, &bytes);
        if (!good) (void)fprintf(stderr, "%s: cannot be read\n", name);
        if (!good) break;
        decode(sm_buffer_span(&bytes), &utf8);
        dump_page(content, model, features, sm_span_of(name), sm_buffer_span(&utf8), &out);
        good = flush(&out);
    }
    sm_buffer_free(&bytes);
    sm_buffer_free(&utf8);
    sm_buffer_free(&out);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    sm_error err = {0};
    sm_content_model *model = NULL;
    if (argc > 1 && sm_content_model_read(&model, argv[1], &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    sm_content *content = sm_content_new();
    sm_features *features = sm_features_new();
    sm_content_set_model(content, model);
    const int status = dump_all(content, model, features);
    sm_features_free(features);
    sm_content_free(content);
    sm_content_model_free(model);
    return fflush(stdout) == 0 ? status : 1;
}
