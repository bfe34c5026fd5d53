/* Sets of words, and what kind of character one is.
 * SPDX-License-Identifier: MIT */
#include "words_internal.h"

#include <seimai/hash.h>
#include <seimai/utf8.h>

struct sm_word {
    sm_span word; /* p NULL: free */
    unsigned bits;
};

static struct sm_word *slot_of(const sm_wordset *set, sm_span word)
{
    size_t at = (size_t)sm_hash64(word) & (set->cap - 1);
    while (set->slots[at].word.p && !sm_span_equal(set->slots[at].word, word))
        at = (at + 1) & (set->cap - 1);
    return &set->slots[at];
}

static void grow(sm_wordset *set)
{
    const sm_wordset old = *set;
    set->cap = old.cap ? 2 * old.cap : 64;
    set->slots = sm_calloc(set->cap, sizeof *set->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].word.p) *slot_of(set, old.slots[i].word) = old.slots[i];
    sm_free(old.slots);
}

void sm_wordset_add(sm_wordset *set, sm_span word, unsigned bits)
{
    if (2 * set->n >= set->cap) grow(set);
    struct sm_word *const slot = slot_of(set, word);
    set->n += !slot->word.p;
    slot->word = word;
    slot->bits |= bits;
    if (word.n > set->longest) set->longest = word.n;
}

unsigned sm_wordset_get(const sm_wordset *set, sm_span word)
{
    if (set->n == 0 || word.n == 0 || word.n > set->longest) return 0;
    return slot_of(set, word)->bits;
}

void sm_wordset_free(sm_wordset *set)
{
    sm_free(set->slots);
    *set = (sm_wordset){0};
}

/* ---- characters ------------------------------------------------------------------------------- */

bool sm_is_han(uint32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
           (c >= 0x3005 && c <= 0x3007) || (c >= 0xF900 && c <= 0xFAFF) || c == 0x30F5 ||
           c == 0x30F6 || (c >= 0x20000 && c <= 0x323AF);
}

bool sm_is_katakana(uint32_t c)
{
    return (c >= 0x30A1 && c <= 0x30FA) || (c >= 0x30FC && c <= 0x30FE) ||
           (c >= 0xFF66 && c <= 0xFF9F);
}

bool sm_is_hiragana(uint32_t c)
{
    return c >= 0x3041 && c <= 0x309E;
}

size_t sm_char_before(sm_span text, size_t at)
{
    do
        at--;
    while (at > 0 && ((unsigned char)text.p[at] & 0xC0) == 0x80);
    return at;
}

uint32_t sm_char_at(sm_span text, size_t at)
{
    const char *p = text.p + at;
    return at < text.n ? sm_utf8_next(&p, text.p + text.n) : 0;
}
