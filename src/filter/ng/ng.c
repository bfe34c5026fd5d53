/* ng.c - lists come in, and become patterns in two tries with their gates.
 * SPDX-License-Identifier: MIT */
#include "ng_internal.h"

#include <seimai/file.h>

#include <string.h>

enum { FILE_MAX = 16 << 20 };

static const struct {
    const char *name;
    sm_ng_match match;
} matches[] = {{"boundaries", SM_NG_BOUNDARIES},
               {"plain", SM_NG_PLAIN},
               {"katakana", SM_NG_KATAKANA},
               {"longest", SM_NG_LONGEST}};

bool sm_ng_match_of(const char *name, sm_ng_match *match)
{
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++)
        if (strcmp(name, matches[i].name) == 0) return *match = matches[i].match, true;
    return false;
}

sm_ng *sm_ng_new(void)
{
    return sm_calloc(1, sizeof(sm_ng));
}

static void search_fini(ng_search *search)
{
    ng_fold_fini(&search->fold);
    ng_trie_fini(&search->trie);
    ng_gate_fini(&search->gate);
}

void sm_ng_free(sm_ng *ng)
{
    if (!ng) return;
    search_fini(&ng->folded);
    search_fini(&ng->exact);
    ng_trie_fini(&ng->exceptions);
    ng_trie_fini(&ng->cues);
    sm_free(ng->entries);
    sm_free(ng->patterns);
    sm_arena_free(&ng->arena);
    sm_free(ng);
}

static int check_name(const sm_ng *ng, const char *name, sm_error *err)
{
    for (size_t i = 0; i < ng->n_lists; i++)
        if (strcmp(ng->lists[i].name, name) == 0)
            SM_FAIL(err, SM_EUSAGE, "%s: a list of this name is there already", name);
    if (ng->n_lists == SM_NG_MAX_LISTS)
        SM_FAIL(err, SM_EUSAGE, "%s: more than %d lists", name, SM_NG_MAX_LISTS);
    return 0;
}

int sm_ng_add_text(sm_ng *ng, const char *name, const char *file, sm_span text,
                   sm_ng_match match, sm_error *err)
{
    SM_TRY(check_name(ng, name, err));
    const size_t before = ng->n_entries;
    const int rc = ng_read_list(ng, (uint32_t)ng->n_lists, file, text, err);
    if (rc < 0) return ng->n_entries = before, rc;
    const char *const kept = sm_arena_copy(&ng->arena, sm_span_of(name)).p;
    ng->lists[ng->n_lists++] = (ng_list){kept, match};
    return 0;
}

int sm_ng_add(sm_ng *ng, const char *name, const char *path, sm_ng_match match, sm_error *err)
{
    sm_buffer text = sm_buffer_make(FILE_MAX);
    int rc = sm_file_read(path, &text, err);
    if (rc >= 0) rc = sm_ng_add_text(ng, name, path, sm_buffer_span(&text), match, err);
    sm_buffer_free(&text);
    return rc;
}

int sm_ng_except(sm_ng *ng, const char *path, sm_error *err)
{
    sm_buffer text = sm_buffer_make(FILE_MAX);
    const size_t before = ng->n_entries;
    int rc = sm_file_read(path, &text, err);
    if (rc >= 0) rc = ng_read_list(ng, SM_NG_MAX_LISTS, path, sm_buffer_span(&text), err);
    if (rc < 0) ng->n_entries = before;
    sm_buffer_free(&text);
    return rc;
}

void sm_ng_set_literature(sm_ng *ng, bool on)
{
    ng->literature = on;
}

size_t sm_ng_lists(const sm_ng *ng)
{
    return ng->n_lists;
}

const char *sm_ng_list_name(const sm_ng *ng, size_t list)
{
    return list < ng->n_lists ? ng->lists[list].name : NULL;
}

sm_span sm_ng_word(const sm_ng *ng, uint32_t entry)
{
    return ng->entries[entry].word;
}
