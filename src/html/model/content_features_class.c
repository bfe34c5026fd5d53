/* The words of class and id, as hashes: see content_features.h.
 * SPDX-License-Identifier: MIT */
#include "ascii.h"
#include "content_features.h"

enum { CLASS_WORDS = 12, CLASS_BYTES = 256 /* of an attribute that are looked at */ };
enum { FNV_PRIME = 16777619 };
static const uint32_t word_seed = 2166136261U, part_seed = 2166136261U ^ 0x5BD1E995U;

typedef struct token_set {
    uint32_t *tokens;
    size_t n;
} token_set;

static void add_token(token_set *set, uint32_t token)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->tokens[i] == token) return;
    if (set->n < CLASS_TOKENS) set->tokens[set->n++] = token;
}

static uint32_t hash_step(uint32_t hash, char c)
{
    return (hash ^ (unsigned char)sm_lower(c)) * FNV_PRIME;
}

/* Parts: letters up to a capital behind a small one, or to what is no letter; a single letter is none. */
static void add_parts(token_set *set, sm_span name)
{
    uint32_t hash = part_seed;
    size_t n = 0;
    for (size_t i = 0; i <= name.n; i++) {
        const char c = i < name.n ? name.p[i] : ' ';
        const bool capital = (unsigned)(c - 'A') < 26;
        const bool hump = capital && n && (unsigned)(name.p[i - 1] - 'a') < 26;
        if (hump || !sm_is_alpha(c)) {
            if (n > 1) add_token(set, hash);
            hash = part_seed;
            n = 0;
        }
        if (!sm_is_alpha(c)) continue;
        hash = hash_step(hash, c);
        n++;
    }
}

static void add_words(token_set *set, sm_span name)
{
    size_t words = 0;
    for (size_t i = 0; i < name.n && words < CLASS_WORDS; words++) {
        while (i < name.n && sm_is_space(name.p[i]))
            i++;
        const size_t from = i;
        uint32_t hash = word_seed;
        for (; i < name.n && !sm_is_space(name.p[i]); i++)
            hash = hash_step(hash, name.p[i]);
        if (i == from) break;
        add_token(set, hash);
        add_parts(set, (sm_span){name.p + from, i - from});
    }
}

static sm_span head_of(sm_span name)
{
    return (sm_span){name.p, name.n < CLASS_BYTES ? name.n : CLASS_BYTES};
}

size_t sm_class_tokens(const sm_element *e, uint32_t tokens[CLASS_TOKENS])
{
    token_set set = {.tokens = tokens};
    add_words(&set, head_of(e->css_class));
    add_parts(&set, head_of(e->id));
    return set.n;
}
