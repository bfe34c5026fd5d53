/* MeCab behind seimai/morph.h: one shared model, one lattice a tagger.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/morph.h>

#include <mecab.h>
#include <string.h>
#include <strings.h>

/* A node's rlength (white space before a morpheme + the morpheme) is an unsigned short, and so MeCab
 * cannot take more in one sentence; a piece of half of that leaves room. */
enum { PIECE_MAX = 32 << 10 };

struct sm_morph {
    mecab_model_t *model;
    char *dictionary;
    char *user; /* NULL where there is none */
};

struct sm_tagger {
    mecab_t *tagger;
    mecab_lattice_t *lattice;
    sm_morpheme *found;
    size_t n, cap;
    char piece[PIECE_MAX + 1];
};

/* ---- dictionaries ------------------------------------------------------------------------------- */

/* MeCab gives the bytes of a text to a dictionary as they are: one in another charset finds nothing, and says so to
 * nobody. */
static const char *charset_not_utf8(const sm_morph *m)
{
    static const char *const names[] = {"utf-8", "utf8", "utf_8"};
    for (const mecab_dictionary_info_t *d = mecab_model_dictionary_info(m->model); d;
         d = d->next) {
        bool known = false;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            known |= strcasecmp(d->charset, names[i]) == 0;
        if (!known) return d->charset;
    }
    return NULL;
}

/* MeCab's prototype lacks const; it does not write to its arguments. */
static mecab_model_t *open_model(const char *folder, const char *user)
{
    static const char program[] = "seimai", rc[] = "-r", none[] = "/dev/null", dic[] = "-d",
                      userdic[] = "-u";
    const char *const from[] = {program, rc, none, dic, folder, userdic, user};
    char *arguments[sizeof from / sizeof *from];
    memcpy(arguments, from, sizeof arguments);
    return mecab_model_new(user ? 7 : 5, arguments);
}

int sm_morph_open_with(sm_morph **morph, const char *dictionary, const char *user,
                       sm_error *err)
{
    const char *folder = dictionary ? dictionary : SM_MECAB_DICTIONARY;
    *morph = NULL;
    if (user && !sm_file_exists(user))
        SM_FAIL(err, SM_ENOENT, "%s: there is no such user dictionary", user);
    mecab_model_t *model = open_model(folder, user);
    if (!model)
        SM_FAIL(err, SM_ENOENT, "%s%s%s: no MeCab dictionary: %s", folder, user ? " with " : "",
                user ? user : "", mecab_strerror(NULL));
    sm_morph *m = sm_malloc(sizeof *m);
    *m = (sm_morph){model, sm_strdup(sm_span_of(folder)),
                    user ? sm_strdup(sm_span_of(user)) : NULL};
    const char *charset = charset_not_utf8(m);
    if (charset) {
        const int status = sm_error_set(
            err, SM_EUSAGE, "%s: a dictionary in %s, where UTF-8 is needed", folder, charset);
        sm_morph_close(m);
        return status;
    }
    *morph = m;
    return 0;
}

int sm_morph_open(sm_morph **morph, const char *dictionary, sm_error *err)
{
    return sm_morph_open_with(morph, dictionary, NULL, err);
}

void sm_morph_close(sm_morph *morph)
{
    if (!morph) return;
    mecab_model_destroy(morph->model);
    sm_free(morph->dictionary);
    sm_free(morph->user);
    sm_free(morph);
}

const char *sm_morph_dictionary(const sm_morph *morph)
{
    return morph->dictionary;
}

static int hash_file(sm_hasher *hasher, const char *path, sm_error *err)
{
    sm_map map = {0};
    SM_TRY(sm_map_open(&map, path, err));
    sm_hasher_add(hasher, map.bytes);
    sm_map_close(&map);
    return 0;
}

int sm_morph_hash(const sm_morph *morph, sm_hash128 *hash, sm_error *err)
{
    static const char *const files[] = {"sys.dic", "matrix.bin", "char.bin", "unk.dic"};
    sm_arena scratch = {0};
    sm_hasher *hasher = sm_hasher_new();
    int rc = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files && rc == 0; i++)
        rc = hash_file(hasher, sm_arena_printf(&scratch, "%s/%s", morph->dictionary, files[i]),
                       err);
    if (rc == 0 && morph->user) rc = hash_file(hasher, morph->user, err);
    *hash = sm_hasher_value(hasher);
    sm_hasher_free(hasher);
    sm_arena_free(&scratch);
    return rc;
}

/* ---- taggers --------------------------------------------------------------------------------------- */

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

/* The last 。 in reach, else the last character. */
static size_t long_piece_end(sm_span text, size_t start)
{
    static const char stop[] = "\xE3\x80\x82";
    size_t end = start + PIECE_MAX;
    for (size_t i = end; i > start + 3; i--)
        if (memcmp(text.p + i - 3, stop, 3) == 0) return i;
    while (end > start + 1 && is_continuation(text.p + end))
        end--;
    return end;
}

size_t sm_morph_piece(sm_span text, size_t start)
{
    const size_t left = text.n - start, reach = left < PIECE_MAX ? left : PIECE_MAX;
    const char *line = memchr(text.p + start, '\n', reach);
    if (line) return (size_t)(line - text.p) + 1;
    return left <= PIECE_MAX ? text.n : long_piece_end(text, start);
}

static void keep(sm_tagger *t, size_t begin, size_t end, const char *feature)
{
    t->found = sm_array_grow(t->found, t->n, &t->cap, sizeof *t->found);
    t->found[t->n++] = (sm_morpheme){begin, end, feature};
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
        keep(t, at - node->length, at, node->feature);
    }
    return 0;
}

int sm_tagger_cut(sm_tagger *t, sm_span text, const sm_morpheme **morphemes, size_t *n,
                  sm_error *err)
{
    t->n = 0;
    for (size_t start = 0; start < text.n;) {
        const size_t end = sm_morph_piece(text, start);
        SM_TRY(cut_piece(t, text, start, end, err));
        start = end;
    }
    *morphemes = t->found;
    *n = t->n;
    return 0;
}
