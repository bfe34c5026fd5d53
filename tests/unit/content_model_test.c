/* The learned model of main content: its file, its trees, its features, its choice.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/content_model.h>
#include <seimai/file.h>
#include <seimai/hash.h>
#include <seimai/random.h>

#include "content_internal.h"
#include "model/content_features_internal.h"
#include "model/content_model_internal.h"
#include "test.h"

/* ---- a model written by hand ------------------------------------------------------------------- */

static void put_u8(sm_buffer *b, unsigned value)
{
    sm_buffer_putc(b, (char)value);
}

static void put_u16(sm_buffer *b, unsigned value)
{
    char bytes[2];
    sm_put_u16(bytes, (uint16_t)value);
    sm_buffer_put(b, (sm_span){bytes, sizeof bytes});
}

static void put_u32(sm_buffer *b, uint32_t value)
{
    char bytes[4];
    sm_put_u32(bytes, value);
    sm_buffer_put(b, (sm_span){bytes, sizeof bytes});
}

static void put_float(sm_buffer *b, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u32(b, bits);
}

static void put_string(sm_buffer *b, const char *s)
{
    put_u8(b, (unsigned)strlen(s));
    sm_buffer_puts(b, s);
}

static void put_feature(sm_buffer *b, const char *name, float threshold)
{
    put_string(b, name);
    put_u8(b, 1);
    put_float(b, threshold);
}

/* bias + a tree of one node: `low` up to the threshold of a feature, else `high`; in hundredths. */
static void put_stump(sm_buffer *b, float bias, unsigned feature, int low, int high)
{
    put_float(b, bias);
    put_float(b, 0.01F);
    put_u16(b, 1);
    put_u8(b, feature);
    put_u8(b, 0);
    put_u8(b, 255);
    put_u16(b, (uint16_t)low);
    put_u8(b, 255);
    put_u16(b, (uint16_t)high);
}

static void put_types(sm_buffer *b, float article)
{
    put_u8(b, PAGE_TYPES);
    for (unsigned i = 0; i < PAGE_TYPES; i++) {
        put_string(b, sm_page_type_name(i));
        put_float(b, i ? 0 : article);
        put_float(b, 1);
        put_u16(b, 0);
    }
}

/* A row, or a matrix, of a net: all numbers alike. */
static void put_rows(sm_buffer *b, size_t n, int value)
{
    put_float(b, 0.01F);
    for (size_t i = 0; i < n * NET_WIDTH; i++)
        put_u16(b, (uint16_t)value);
}

/* One input, one layer. */
static void put_net(sm_buffer *b)
{
    put_u8(b, NET_WIDTH);
    put_u16(b, 1);
    put_feature(b, "depth", 9);
    put_u8(b, 1);
    put_rows(b, 1, 100);
    put_rows(b, 1, -3);
    put_u8(b, 1);
    put_u8(b, 4);
    for (size_t i = 0; i < 3 + NET_MEANS; i++)
        put_rows(b, NET_WIDTH, (int)i);
    put_rows(b, 1, 0);
    put_rows(b, NET_WIDTH, 0);
    put_rows(b, 1, 0);
    put_rows(b, 1, 0);
    put_float(b, 5);
}

#define RULE_NAME(symbol, meaning) #symbol,
static const char *const rule_names[] = {SM_RULE_LIST(RULE_NAME)};
static const float rule_values[] = {.0F, .85F, 20, .9F, 200, .35F, 600, .6F, .6F,
                                    .5F, .75F, 2,  .8F, .7F, .75F, .2F, 2,   .5F};
enum { RULES = sizeof rule_names / sizeof *rule_names };
_Static_assert(sizeof rule_values / sizeof *rule_values == RULES, "a value for each rule");

static void put_rules(sm_buffer *b, size_t n)
{
    put_u16(b, (unsigned)n);
    for (size_t i = 0; i < n; i++) {
        put_string(b, rule_names[i]);
        put_float(b, rule_values[i]);
    }
}

static void seal(sm_buffer *b)
{
    const uint64_t hash = sm_hash64(sm_buffer_span(b));
    put_u32(b, (uint32_t)hash);
    put_u32(b, (uint32_t)(hash >> 32));
}

/* Up to the page types. */
static sm_buffer make_head(void)
{
    sm_buffer b = sm_buffer_make(1 << 16);
    sm_buffer_puts(&b, "SMCONTENT2");
    put_string(&b, "by hand");
    put_u16(&b, 2);
    put_feature(&b, "plain", 30);
    put_feature(&b, "pg_nb", 3);
    put_float(&b, 0.0625F);
    put_u32(&b, 0);
    return b;
}

/* Blocks above a width of 30 are content, with log-odds of bias + sure / 100; others have bias - sure / 100. */
static sm_buffer make_model(float article, float bias, int sure, size_t n_rules)
{
    sm_buffer b = make_head();
    put_types(&b, article);
    put_stump(&b, bias, 0, -sure, sure);
    put_net(&b);
    put_rules(&b, n_rules);
    seal(&b);
    return b;
}

static sm_content_model *parse_model(const sm_buffer *b)
{
    sm_content_model *model = NULL;
    sm_error err = {0};
    assert_ok(sm_content_model_parse(&model, sm_buffer_span(b), "model", &err), &err);
    return model;
}

static sm_content_model *hand_model(float article, float bias, int sure)
{
    sm_buffer b = make_model(article, bias, sure, RULES);
    sm_content_model *model = parse_model(&b);
    sm_buffer_free(&b);
    return model;
}

/* The model that comes along. */
static sm_buffer read_real(void)
{
    const char *source = getenv("SEIMAI_SOURCE");
    char path[1024];
    sm_error err = {0};
    (void)snprintf(path, sizeof path, "%s/dicts/extract/content.model", source ? source : ".");
    sm_buffer b = sm_buffer_make(SM_CONTENT_MODEL_BYTES);
    assert_ok(sm_file_read(path, &b, &err), &err);
    return b;
}

/* ---- the file ---------------------------------------------------------------------------------- */

static void a_model_is_read(void **state)
{
    (void)state;
    sm_content_model *model = hand_model(0, 0, 200);
    assert_string_equal(sm_content_model_version(model), "by hand");
    assert_int_equal(model->trees.n_trees, 1);
    assert_int_equal(model->trees.trees[0].n_nodes, 1);
    assert_true(model->features.edges[0][0] == 30);
    assert_true(model->rules.precise == .5F);
    const block_net *net = model->nets.nets;
    assert_int_equal(model->nets.n, 1);
    assert_int_equal(model->nets.inputs.n, 1);
    assert_true(net->first[0][NET_WIDTH - 1][0] == 100 && net->first[0][0][1] == 0);
    assert_true(net->first_scale == .01F && net->first_bias[0] < 0);
    assert_int_equal(net->n_layers, 1);
    assert_int_equal(net->layers[0].distance, 4);
    assert_true(net->layers[0].means[MEAN_PAGE][3][5] == .06F);
    assert_true(net->last_bias == 5);
    sm_content_model_free(model);
    sm_content_model_free(NULL);
}

static void assert_refused(sm_span bytes, int status, const char *part)
{
    sm_content_model *model = NULL;
    sm_error err = {0};
    assert_int_equal(sm_content_model_parse(&model, bytes, "model", &err), status);
    assert_null(model);
    assert_contains(err.text, part);
}

static void damage_is_named(void **state)
{
    (void)state;
    sm_buffer b = make_model(0, 0, 200, RULES);
    assert_refused(SM_SPAN("{}"), SM_EFORMAT, "model: offset 0: not a model of main content");
    assert_refused(SM_SPAN("SMCONTENT3"), SM_EFORMAT, "offset 0: a newer format");
    for (size_t n = 10; n < b.n; n++)
        assert_refused((sm_span){b.p, n}, SM_ETRUNC, "the file ends too early");
    sm_buffer_putc(&b, '\0');
    assert_refused(sm_buffer_span(&b), SM_EFORMAT, "1 bytes too many");
    b.n--;
    b.p[b.n - 1] = (char)(b.p[b.n - 1] ^ 1);
    assert_refused(sm_buffer_span(&b), SM_EHASH, "the checksum does not match");
    sm_buffer_free(&b);
    b = make_model(0, 0, 200, RULES - 1);
    assert_refused(sm_buffer_span(&b), SM_EFORMAT, "the rule \"precise\" is missing");
    sm_buffer_free(&b);
}

/* Replaces a byte at `offset` behind the n bytes `after`, and seals the file again. */
static void assert_change_refused(const char *after, size_t n, int offset, unsigned value,
                                  const char *part)
{
    sm_buffer b = make_model(0, 0, 200, RULES);
    size_t i = 0;
    while (i + n < b.n && memcmp(b.p + i, after, n) != 0)
        i++;
    assert_true(i + n < b.n);
    b.p[(ptrdiff_t)(i + n) + offset] = (char)value;
    b.n -= 8;
    seal(&b);
    assert_refused(sm_buffer_span(&b), SM_EFORMAT, part);
    sm_buffer_free(&b);
}

static void indices_are_checked(void **state)
{
    (void)state;
    /* The forest of blocks follows the last type: bias, scale and number of trees, then the tree. */
    static const char tree_bytes[] = "service\0\0\0\0\0\0\x80?\0\0\0\0\0\0\x0A\xD7#<\1";
    const char *by_hand = "by hand";
    assert_change_refused(by_hand, strlen(by_hand), 3, 'v', "no feature \"vlain\" here");
    assert_change_refused("\5plain\1", 7, 3, 0x7F, "threshold 0 is not above"); /* NaN */
    assert_change_refused(tree_bytes, sizeof tree_bytes - 1, 1, 2, "feature 2 of 2");
    assert_change_refused(tree_bytes, sizeof tree_bytes - 1, 2, 1, "threshold 1 of 1");
    assert_change_refused("article", 7, 7, 0xFF, "a number that is not finite"); /* −∞ */
    assert_change_refused("listing", 7, -7, 'L', "page type 4 is not \"listing\"");
    assert_change_refused("\5depth", 6, -9, 25, "nets of width 25, not 16");
    assert_change_refused("\5depth", 6, 5, 0, "no net");
    assert_change_refused("\5depth", 6, 9, 0xBF, "a scale that is not from 0 to 1"); /* −.64 */
    assert_change_refused("\1\4\x0A\xD7#<", 6, -5, 33, "a distance of 33, not of 1 to 32");
    assert_change_refused("\4near", 5, 3, 0xC0, "the rule \"near\" is below 0"); /* −2 */
    assert_change_refused("link_share", 10, -4, 'x', "\"link_sxare\" is not known");
}

/* Page types must not read what they are about. */
static void types_read_the_page_only(void **state)
{
    (void)state;
    sm_buffer b = make_head();
    put_u8(&b, PAGE_TYPES);
    put_string(&b, sm_page_type_name(0));
    put_stump(&b, 0, 0, -1, 1);
    assert_refused(sm_buffer_span(&b), SM_EFORMAT, "page types read \"plain\"");
    sm_buffer_free(&b);
}

/* No flipped byte of a real model is read as a model, and none leads astray. */
static void every_flip_is_noticed(void **state)
{
    (void)state;
    sm_buffer b = read_real();
    for (size_t i = 0; i < b.n; i += 131) {
        sm_content_model *model = NULL;
        sm_error err = {0};
        b.p[i] = (char)(b.p[i] ^ 0x41);
        assert_true(sm_content_model_parse(&model, sm_buffer_span(&b), "model", &err) < 0);
        assert_contains(err.text, "model: offset ");
        b.p[i] = (char)(b.p[i] ^ 0x41);
    }
    for (size_t n = 0; n < b.n; n += 997)
        assert_refused((sm_span){b.p, n}, n < 10 ? SM_EFORMAT : SM_ETRUNC, "model: offset ");
    sm_content_model *model = parse_model(&b);
    sm_content_model_free(model);
    sm_buffer_free(&b);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    sm_content_model *model = NULL;
    sm_error err = {0};
    assert_int_equal(sm_content_model_read(&model, "no/such.model", &err), SM_ENOENT);
    assert_contains(err.text, "no/such.model");
}

/* ---- trees ------------------------------------------------------------------------------------- */

enum { COLUMNS = 12, TREES = 40, EDGES = 9 };

/* A sequence of random numbers. */
typedef struct dice {
    uint64_t thrown;
} dice;

static size_t throw_dice(dice *d, size_t n)
{
    return (size_t)sm_random_below(7, d->thrown++, 0, n);
}

/* A random tree: each node divides the leaves [from, from + n) and takes the next number. */
static uint8_t grow(tree_node *nodes, size_t *used, size_t from, size_t n, dice *random)
{
    if (n == 1) return (uint8_t)(TREE_LEAVES + from);
    const size_t i = (*used)++, skip = 1 + throw_dice(random, n - 1);
    nodes[i] = (tree_node){.feature = (uint8_t)throw_dice(random, COLUMNS),
                           .edge = (uint8_t)throw_dice(random, EDGES),
                           .skip = (uint8_t)skip};
    nodes[i].split = (uint16_t)(EDGES * nodes[i].feature + nodes[i].edge);
    const uint8_t left = grow(nodes, used, from, skip, random);
    const uint8_t right = grow(nodes, used, from + skip, n - skip, random);
    nodes[i].left = left;
    nodes[i].right = right;
    return (uint8_t)i;
}

static void grow_forest(tree *trees, tree_node nodes[TREES][TREE_NODES], dice *random)
{
    static const size_t sizes[] = {1, 2, TREE_LEAVES};
    for (size_t i = 0; i < TREES; i++) {
        const size_t leaves = i < 3 ? sizes[i] : 1 + throw_dice(random, TREE_LEAVES);
        size_t used = 0;
        (void)grow(nodes[i], &used, 0, leaves, random);
        trees[i] = (tree){.nodes = nodes[i], .n_nodes = used};
        for (size_t k = 0; k < leaves; k++)
            trees[i].leaves[k] = (int16_t)((int)throw_dice(random, 65536) - 32768);
    }
}

static void fill_columns(float values[COLUMNS][TREE_LANES], dice *random)
{
    for (size_t f = 0; f < COLUMNS; f++)
        for (size_t i = 0; i < TREE_LANES; i++) {
            const float value = (float)throw_dice(random, 2 * EDGES + 4) / 2 - 1;
            values[f][i] = throw_dice(random, 10) ? value : NAN;
        }
}

static void assert_walks_agree(const forest *f, const split_list *list,
                               const float *const *columns, const tree_path *path)
{
    int32_t want[TREE_LANES] = {1}, got[TREE_LANES] = {1};
    lane_mask left[COLUMNS * EDGES];
    for (size_t i = 0; i < COLUMNS; i++)
        path->compare(columns[list->feature[i]], list->edges[i], list->n_edges[i],
                      left + list->first[i]);
    path->walk(f, left, got);
    sm_forest_walk_slowly(f, list, columns, want);
    assert_memory_equal(want, got, sizeof want);
}

static void all_paths_agree(void **state)
{
    (void)state;
    static tree_node nodes[TREES][TREE_NODES];
    static tree trees[TREES];
    static float values[COLUMNS][TREE_LANES], edges[EDGES];
    const float *columns[COLUMNS];
    split_list list = {.n = COLUMNS, .n_splits = COLUMNS * EDGES};
    dice random = {0};
    for (size_t e = 0; e < EDGES; e++)
        edges[e] = e + 1 < EDGES ? (float)e : INFINITY;
    for (size_t i = 0; i < COLUMNS; i++) {
        list.feature[i] = (uint16_t)(COLUMNS - 1 - i);
        list.n_edges[i] = EDGES;
        list.first[i] = (uint16_t)(i * EDGES);
        list.edges[i] = edges;
        columns[i] = values[i];
    }
    for (size_t round = 0; round < 20; round++) {
        grow_forest(trees, nodes, &random);
        fill_columns(values, &random);
        const forest f = {.trees = trees, .n_trees = TREES};
        assert_walks_agree(&f, &list, columns, &sm_tree_path_portable);
        assert_walks_agree(&f, &list, columns, sm_tree_path_best());
#ifdef __x86_64__
        if (__builtin_cpu_supports("avx2"))
            assert_walks_agree(&f, &list, columns, &sm_tree_path_avx2);
        if (__builtin_cpu_supports("avx512bw"))
            assert_walks_agree(&f, &list, columns, &sm_tree_path_avx512);
#endif
    }
}

static void sorting_is_stable(void **state)
{
    (void)state;
    enum { N = 3000 };
    static int32_t keys[N];
    static uint32_t order[N];
    sm_arena arena = {0};
    dice random = {1000000};
    for (size_t i = 0; i < N; i++)
        keys[i] = (int32_t)((int64_t)throw_dice(&random, 500) * 8000000 - 2000000000);
    sm_sort_down(keys, N, &arena, order);
    for (size_t i = 1; i < N; i++) {
        assert_true(keys[order[i - 1]] >= keys[order[i]]);
        if (keys[order[i - 1]] == keys[order[i]]) assert_true(order[i - 1] < order[i]);
    }
    sm_arena_free(&arena);
}

/* ---- words ------------------------------------------------------------------------------------- */

/* Each word of a table looked for by itself, in the text as the automaton is told to see it. */
static uint64_t find_slowly(const word_group *groups, size_t n, const char *text)
{
    uint64_t found = 0;
    for (size_t g = 0; g < n; g++)
        for (const char *word = groups[g].words; *word;) {
            char one[64];
            const size_t length = strcspn(word, "|");
            (void)snprintf(one, sizeof one, "%.*s", (int)length, word);
            if (strstr(text, one)) found |= UINT64_C(1) << g;
            word += length + (word[length] == '|');
        }
    return found;
}

static void words_are_found(void **state)
{
    (void)state;
#define GROUP(symbol, name, words) {name, words},
    static const word_group groups[] = {SM_NAME_GROUPS(GROUP) SM_PAGE_GROUPS(GROUP)};
    enum { N = sizeof groups / sizeof *groups };
    static const struct {
        const char *css_class, *id, *seen;
    } cases[] = {{"", "", " "},
                 {"post-body", "", " post body "},
                 {"postBody", "", " post body "},
                 {"ad ads adX", "x", " ad ads ad x x "},
                 {"SIDEBAR_2 loadMore", "Comments", " sidebar 2 load more comments "},
                 {"breadcrumbarticleoverlay", "h1", " breadcrumbarticleoverlay h1 "},
                 {"p-recipe__lead", "toc1", " p recipe  lead toc1 "}};
    sm_words *words = sm_text_words_new(groups, N);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(sm_text_words_in_name(words, sm_span_of(cases[i].css_class),
                                               sm_span_of(cases[i].id)),
                         find_slowly(groups, N, cases[i].seen));
    sm_text_words_free(words);
}

static void tokens_are_words_and_parts(void **state)
{
    (void)state;
    uint32_t a[CLASS_TOKENS], b[CLASS_TOKENS];
    const sm_element camel = {.css_class = SM_SPAN("navBar navBar")};
    const sm_element parts = {.id = SM_SPAN("bar_nav-2")};
    assert_int_equal(sm_class_tokens(&camel, a), 3); /* navbar, nav, bar */
    assert_int_equal(sm_class_tokens(&parts, b), 2);
    assert_true(a[1] == b[1] && a[2] == b[0] && a[0] != a[1]);
    char many[4000];
    for (size_t i = 0; i + 5 < sizeof many; i += 5)
        (void)snprintf(many + i, 6, "%c%c%c%c ", 'a' + (int)(i % 26), 'a' + (int)(i % 25),
                       'a' + (int)(i % 23), 'a' + (int)(i % 7));
    const sm_element huge = {.css_class = sm_span_of(many)};
    assert_true(sm_class_tokens(&huge, a) <= CLASS_TOKENS);
}

/* ---- features ---------------------------------------------------------------------------------- */

static const char page[] =
    "<title>The gods of rice - A site</title>"
    "<nav class=menu><ul><li><a href=/>Home</a><li><a href=/b>Read more</a></ul></nav>"
    "<div id=content><h1>The gods of rice</h1>"
    "<p class=t>Rice was grown here, and the people of the plain thanked their gods for it in "
    "autumn.</p>"
    "<p class=t>The price was $ 12 on 3:45, or 千二百円 by then. Nobody paid it, the records "
    "say in 1912!</p>"
    "<h2>Related articles</h2><p "
    "class=t>精米は、玄米から糠を取る作業である。白米になる。</p></div>";

typedef struct fixture {
    sm_content *content;
    sm_features *features;
    const sm_page *page;
} fixture;

static fixture set_up(const char *html)
{
    fixture f = {sm_content_new(), sm_features_new(), NULL};
    f.page = sm_content_parse(f.content, sm_span_of(html));
    sm_features_compute(f.features, f.page, strlen(html));
    return f;
}

static void tear_down(fixture *f)
{
    sm_features_free(f->features);
    sm_content_free(f->content);
}

static float value(const fixture *f, const char *name, size_t block)
{
    for (unsigned i = 0; i < FEATURES; i++)
        if (strcmp(sm_feature_of(i).name, name) == 0)
            return *(sm_features_group(f->features, i, block / FEATURE_GROUP * FEATURE_GROUP) +
                     block % FEATURE_GROUP);
    fail_msg("no feature %s", name);
    return NAN;
}

static void features_are_what_they_say(void **state)
{
    (void)state;
    fixture f = set_up(page);
    static const struct {
        const char *name;
        size_t block;
        double want;
    } cases[] = {
        {"link", 0, 1},  {"x_nav", 0, 1},     {"k_list", 0, 30},   {"n-1_tag", 0, -1},
        {"plain", 1, 0}, {"n-1_tag", 1, 9},   {"hlev", 2, 1},      {"dtitlew", 2, 0},
        {"dh1b", 2, 0},  {"k_content", 2, 1}, {"stops", 3, 1},     {"ends_stop", 3, 1},
        {"h_lev", 3, 1}, {"h_d", 3, 1},       {"h_lca", 3, 1},     {"sig_n", 3, 3},
        {"rep0", 3, 3},  {"tag", 3, 1},       {"ptag", 3, 8},      {"dup", 3, 1},
        {"intop", 3, 1}, {"topup", 0, 1},     {"stops", 4, 2},     {"h_lev", 6, 2},
        {"pg_nb", 0, 7}, {"pg_nh2", 0, 1},    {"pg_k_list", 0, 0}, {"kend", 6, 1},
        {"l70", 3, 2},   {"kidx", 6, 6},      {"n+1_tag", 6, -1},  {"pg_ncur", 0, 1},
    };
    assert_int_equal(f.page->n_blocks, 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double got = (double)value(&f, cases[i].name, cases[i].block);
        if (got != cases[i].want)
            print_error("%s of block %zu: %g, not %g\n", cases[i].name, cases[i].block, got,
                        cases[i].want);
        assert_true(got == cases[i].want);
    }
    assert_true(isnan(value(&f, "h_lev", 0)) && isnan(value(&f, "cl0", 3)));
    tear_down(&f);
}

/* A word of 40 characters, five of 10, and 20 of which ten are wide, so words themselves. */
static void long_words_are_solid(void **state)
{
    (void)state;
    fixture f =
        set_up("<p>https://rice.example/0123456789/abcdefgh<p>abcdefghij "
               "abcdefghij abcdefghij abcdefghij abcdefghij<p>精米精米精米精米精米a123456789");
    assert_int_equal(f.page->n_blocks, 3);
    assert_true(value(&f, "solid", 0) == 28);
    assert_true(value(&f, "solid", 1) == 0 && value(&f, "solid", 2) == 0);
    tear_down(&f);
}

/* ---- the choice -------------------------------------------------------------------------------- */

static const char choice_page[] =
    "<ul><li>Menu<li>News</ul>"
    "<div><p>A long paragraph of the body of this page, the first of them.</p>"
    "<p>A long paragraph of the body of this page, the second of them.</p>"
    "<p>A long paragraph of the body of this page, the second of them.</p></div>"
    "<p>a<p>b<p>c<div>A long paragraph far away from all others, so it stands alone.</div>";

/* Gaps: a caption, a repeat, and one that is too wide. */
static const char japanese_page[] =
    "<p>米を精白するには、玄米どうしをこすり合わせて、外側から糠の層を取り除いていく。"
    "<p>取り除く割合が大きいほど味は淡くなり、酒を造るときには三分の一より多くを削る。"
    "<p>図1"
    "<p>家庭で使う小さな機械は、羽根が籠の中で米をかきまぜ、粒と粒とを触れあわせる。"
    "<p>米を精白するには、玄米どうしをこすり合わせて、外側から糠の層を取り除いていく。"
    "<p>明治の末に広まった機械は、円い筒の中で米を回し、出口の重りで圧をかけていた。"
    "<p>一<p>二<p>三"
    "<p>削った粉は飼料にも漬物にもなり、油を搾ることもできるので、捨てるものはない。"
    "<p>精白した米は古くなりやすいので、食べる分だけをそのつど搗くのがよいとされる。";

static void assert_chosen_of(const char *html, const sm_content_model *model,
                             sm_content_mode mode, const char *want)
{
    sm_content *c = sm_content_new();
    char got[64] = "";
    sm_content_set_model(c, model);
    const sm_page *p = sm_content_parse(c, sm_span_of(html));
    sm_content_select(c, mode);
    for (size_t i = 0; i < p->n_blocks; i++)
        got[i] = p->blocks[i].selected ? 'x' : "-AHFORIL"[p->blocks[i].reason];
    assert_string_equal(got, want);
    assert_int_equal(p->no_content, strchr(want, 'x') == NULL);
    sm_content_free(c);
}

static void assert_chosen(const sm_content_model *model, sm_content_mode mode, const char *want)
{
    assert_chosen_of(choice_page, model, mode, want);
}

static void gaps_of_japanese_articles_are_filled(void **state)
{
    (void)state;
    sm_content_model *article = hand_model(9, 0, 10), *other = hand_model(0, 0, 10);
    sm_content_model *sure = hand_model(9, 0, 300);
    assert_chosen_of(japanese_page, article, SM_MODE_MAIN, "xxxxRx---xx");
    assert_chosen_of(japanese_page, article, SM_MODE_PRECISE, "xx-xRx---xx");
    assert_chosen_of(japanese_page, sure, SM_MODE_MAIN,
                     "xx-xxx---xx"); /* p = .05: not the caption; .95: the repeat, too */
    assert_chosen_of(japanese_page, other, SM_MODE_MAIN, "xxxxRxxxxxx");
    sm_content_model_free(article);
    sm_content_model_free(other);
    sm_content_model_free(sure);
}

/* A page of a few words is what it is, however unlikely. */
static void small_pages_are_taken(void **state)
{
    (void)state;
    sm_content_model *doubt = hand_model(0, -6, 100);
    sm_content *c = sm_content_new();
    sm_content_set_model(c, doubt);
    const sm_page *p = sm_content_parse(c, SM_SPAN("<p>One word"));
    sm_content_select(c, SM_MODE_MAIN);
    assert_true(p->blocks[0].selected && !p->no_content);
    (void)sm_content_parse(c, SM_SPAN("<p hidden>"));
    sm_content_select(c, SM_MODE_MAIN);
    assert_true(p->n_blocks == 0 && !p->no_content);
    sm_content_free(c);
    sm_content_model_free(doubt);
}

static void blocks_are_chosen(void **state)
{
    (void)state;
    sm_content_model *other = hand_model(0, 0, 300), *article = hand_model(9, 0, 100);
    sm_content_model *doubt = hand_model(0, -6, 100), *sad = hand_model(9, -6, 100);
    sm_content_model *vague = hand_model(0, 0, 10), *vague_article = hand_model(9, 0, 10);
    assert_chosen(other, SM_MODE_MAIN, "--xxR---x");
    assert_chosen(other, SM_MODE_FULL, "xxxxxxxxx");
    assert_chosen(article, SM_MODE_MAIN, "--xxR---I"); /* log-odds 1: p = .73, below lonely */
    assert_chosen(doubt, SM_MODE_MAIN, "----R----");   /* nothing is likely: no content */
    assert_chosen(sad, SM_MODE_MAIN, "--xxR---x");     /* but an article is never empty */
    assert_chosen(vague, SM_MODE_MAIN, "xxxxRxxxx");
    assert_chosen(vague_article, SM_MODE_MAIN,
                  "--xxR---I"); /* short ones: p = .475, below floor */
    sm_content_model_free(other);
    sm_content_model_free(article);
    sm_content_model_free(doubt);
    sm_content_model_free(sad);
    sm_content_model_free(vague);
    sm_content_model_free(vague_article);
}

/* One parse serves all modes, in any order; without a model the rules hold again. */
static void modes_follow_each_other(void **state)
{
    (void)state;
    sm_content_model *model = hand_model(0, 0, 300);
    sm_content *c = sm_content_new();
    const sm_page *p = sm_content_parse(c, sm_span_of(choice_page));
    sm_content_set_model(c, model);
    sm_content_select(c, SM_MODE_MAIN);
    assert_true(p->blocks[2].selected && !p->blocks[0].selected);
    assert_string_equal(p->type, "article"); /* all equal: the first */
    assert_true(p->confidence > 0.5 && p->confidence <= 1);
    assert_true(fabs((double)p->blocks[2].score - 1 / (1 + exp(-3))) < 1e-6);
    sm_content_select(c, SM_MODE_FULL);
    assert_true(p->blocks[0].selected && !p->type);
    sm_content_select(c, SM_MODE_PRECISE);
    assert_true(p->blocks[2].selected && !p->blocks[0].selected);
    sm_content_set_model(c, NULL);
    sm_content_select(c, SM_MODE_MAIN);
    assert_null(p->type);
    sm_content_free(c);
    sm_content_model_free(model);
}

/* ---- the model that comes along, and pages that mean harm --------------------------------------- */

static void a_real_page_is_understood(void **state)
{
    (void)state;
    sm_buffer bytes = read_real();
    sm_content_model *model = parse_model(&bytes);
    sm_content *c = sm_content_new();
    sm_content_set_model(c, model);
    const sm_page *p = sm_content_parse(c, sm_span_of(page));
    sm_content_select(c, SM_MODE_MAIN);
    assert_non_null(p->type);
    assert_false(p->blocks[0].selected || p->blocks[1].selected);
    assert_true(p->blocks[3].selected && p->blocks[4].selected);
    sm_content_free(c);
    sm_content_model_free(model);
    sm_buffer_free(&bytes);
}

static void repeat(sm_buffer *b, const char *what, size_t times)
{
    for (size_t i = 0; i < times; i++)
        sm_buffer_puts(b, what);
}

static void assert_survives(sm_content *c, sm_buffer *html)
{
    (void)sm_content_parse(c, sm_buffer_span(html));
    sm_content_select(c, SM_MODE_MAIN);
    sm_content_select(c, SM_MODE_PRECISE);
    sm_buffer_clear(html);
}

static void hostile_pages_are_survived(void **state)
{
    (void)state;
    sm_buffer bytes = read_real(), html = sm_buffer_make(64 << 20);
    sm_content_model *model = parse_model(&bytes);
    sm_content *c = sm_content_new();
    sm_content_set_model(c, model);
    assert_survives(c, &html);
    repeat(&html, "<div class=a>x", 20000);
    assert_survives(c, &html);
    repeat(&html, "<p>The same line again, and again.", 100000);
    assert_survives(c, &html);
    repeat(&html, "<h2>x</h2><div><div><div><p>y</p></div></div></div>", 20000);
    assert_survives(c, &html);
    sm_buffer_puts(&html, "<div class='");
    repeat(&html, "navBar side-Menu ", 100000);
    sm_buffer_puts(&html, "'>1 2 3 4 5<p>");
    repeat(&html, "1 ", 500000);
    assert_survives(c, &html);
    sm_buffer_puts(&html, "<title>");
    repeat(&html, "aaaaaaaaaaaaaaaa", 100);
    sm_buffer_puts(&html, "</title>");
    repeat(&html, "<p>aaaaaaaaaaaaaaab</p>", 20000);
    assert_survives(c, &html);
    sm_content_free(c);
    sm_content_model_free(model);
    sm_buffer_free(&html);
    sm_buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_is_read),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(indices_are_checked),
        cmocka_unit_test(types_read_the_page_only),
        cmocka_unit_test(every_flip_is_noticed),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(all_paths_agree),
        cmocka_unit_test(sorting_is_stable),
        cmocka_unit_test(words_are_found),
        cmocka_unit_test(tokens_are_words_and_parts),
        cmocka_unit_test(features_are_what_they_say),
        cmocka_unit_test(long_words_are_solid),
        cmocka_unit_test(blocks_are_chosen),
        cmocka_unit_test(gaps_of_japanese_articles_are_filled),
        cmocka_unit_test(small_pages_are_taken),
        cmocka_unit_test(modes_follow_each_other),
        cmocka_unit_test(a_real_page_is_understood),
        cmocka_unit_test(hostile_pages_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
