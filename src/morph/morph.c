/* MeCab behind seimai/morph.h: one shared model, one lattice a tagger.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/morph.h>

#include <mecab.h>
#include <string.h>

/* A node's rlength (white space before a morpheme + the morpheme) is an unsigned short, and so MeCab
 * cannot take more in one sentence; a piece of half of that leaves room. */
enum { PIECE_MAX = 32 << 10 };

struct sm_morph {
    mecab_model_t *model;
    char *dictionary;
};

struct sm_tagger {
    mecab_t *tagger;
    mecab_lattice_t *lattice;
    sm_morpheme *found;
    size_t n, cap;
    char piece[PIECE_MAX + 1];
};

int sm_morph_open(sm_morph **morph, const char *dictionary, sm_error *err)
{
    static const char program[] = "seimai", rc[] = "-r", none[] = "/dev/null", dic[] = "-d";
    const char *folder = dictionary ? dictionary : SM_MECAB_DICTIONARY;
    char *const copy = sm_strdup(sm_span_of(folder));
    char *arguments[5];
    const char *const from[] = {program, rc, none, dic, copy};
    memcpy(arguments, from, sizeof arguments); /* MeCab's prototype lacks const */
    mecab_model_t *model = mecab_model_new(5, arguments);
    if (!model) {
        sm_free(copy);
        SM_FAIL(err, SM_ENOENT, "%s: no MeCab dictionary: %s", folder, mecab_strerror(NULL));
    }
    *morph = sm_malloc(sizeof **morph);
    **morph = (sm_morph){model, copy};
    return 0;
}

void sm_morph_close(sm_morph *morph)
{
    if (!morph) return;
    mecab_model_destroy(morph->model);
    sm_free(morph->dictionary);
    sm_free(morph);
}

const char *sm_morph_dictionary(const sm_morph *morph)
{
    return morph->dictionary;
}

int sm_morph_hash(const sm_morph *morph, sm_hash128 *hash, sm_error *err)
{
    static const char *const files[] = {"sys.dic", "matrix.bin", "char.bin", "unk.dic"};
    sm_hasher *hasher = sm_hasher_new();
    int rc = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files && rc == 0; i++) {
        sm_buffer path = sm_buffer_make(1 << 16);
        sm_map map = {0};
        sm_buffer_printf(&path, "%s/%s", morph->dictionary, files[i]);
        sm_buffer_putc(&path, '\0');
        rc = sm_map_open(&map, path.p, err);
        if (rc == 0) {
            sm_hasher_add(hasher, map.bytes);
            sm_map_close(&map);
        }
        sm_buffer_free(&path);
    }
    *hash = sm_hasher_value(hasher);
    sm_hasher_free(hasher);
    return rc;
}

sm_tagger *sm_tagger_new(const sm_morph *morph)
{
    sm_tagger *t = sm_calloc(1, sizeof *t);
    t->tagger = mecab_model_new_tagger(morph->model);
    t->lattice = mecab_model_new_lattice(morph->model);
    return t;
}

void sm_tagger_free(sm_tagger *t)
{
    if (!t) return;
    mecab_lattice_destroy(t->lattice);
    mecab_destroy(t->tagger);
    sm_free(t->found);
    sm_free(t);
}

static bool is_continuation(const char *p)
{
    return ((unsigned char)*p & 0xC0) == 0x80;
}

/* The end of the piece that starts at `start`: the text's end where it is near, else the last line end or
 * 。 in reach, else the last character in reach. */
static size_t piece_end(sm_span text, size_t start)
{
    static const char stop[] = "\xE3\x80\x82";
    if (text.n - start <= PIECE_MAX) return text.n;
    size_t end = start + PIECE_MAX;
    for (size_t i = end; i > start + 3; i--) {
        if (text.p[i - 1] == '\n') return i;
        if (memcmp(text.p + i - 3, stop, 3) == 0) return i;
    }
    while (is_continuation(text.p + end))
        end--;
    return end;
}

static void keep(sm_tagger *t, size_t begin, size_t end)
{
    t->found = sm_array_grow(t->found, t->n, &t->cap, sizeof *t->found);
    t->found[t->n++] = (sm_morpheme){begin, end};
}

/* MeCab gets a copy with a NUL behind it: after white space at the end of a sentence it looks up an empty string, and its
 * double array takes the length 0 for "up to the NUL". */
static int cut_piece(sm_tagger *t, sm_span text, size_t start, size_t end, sm_error *err)
{
    memcpy(t->piece, text.p + start, end - start);
    t->piece[end - start] = '\0';
    mecab_lattice_set_sentence2(t->lattice, t->piece, end - start);
    if (!mecab_parse_lattice(t->tagger, t->lattice))
        SM_FAIL(err, SM_EFORMAT, "MeCab: %s", mecab_lattice_strerror(t->lattice));
    size_t at = start;
    for (const mecab_node_t *node = mecab_lattice_get_bos_node(t->lattice)->next;
         node && node->stat != MECAB_EOS_NODE; node = node->next) {
        at += node->rlength;
        keep(t, at - node->length, at);
    }
    return 0;
}

int sm_tagger_cut(sm_tagger *t, sm_span text, const sm_morpheme **morphemes, size_t *n,
                  sm_error *err)
{
    t->n = 0;
    for (size_t start = 0; start < text.n;) {
        const size_t end = piece_end(text, start);
        SM_TRY(cut_piece(t, text, start, end, err));
        start = end;
    }
    *morphemes = t->found;
    *n = t->n;
    return 0;
}
