/* slots: writes the perfect hashes of the tags' names and of the words of class and id, as a C header.
 * SPDX-License-Identifier: MIT
 *
 * A build-time program: what looks names up includes what it prints. A name's key times a multiplier, its upper
 * bits, is its slot, which holds the name's number or 0; multipliers are tried in a fixed order until no
 * two names share a slot. */
#include <stdio.h>
#include <string.h>

#include "../tags.h"
#include "../trait_words.h"

enum { SLOT_BITS = 11, SLOTS = 1 << SLOT_BITS, SHIFT = 64 - SLOT_BITS, TRIES = 1 << 20 };

static uint64_t tag_key(size_t number)
{
    return sm_tag_key(sm_tags[number].name, strlen(sm_tags[number].name));
}

static uint64_t word_key(size_t number)
{
    const char *word = sm_trait_words[number].word;
    uint64_t key = 0;
    for (size_t i = 0; word[i]; i++)
        key = sm_trait_key(key, i, (unsigned)(word[i] - 'a' + 1));
    return key;
}

/* Fills the slots with the numbers 1…n-1; false at the first that is taken. */
static bool place(uint64_t multiplier, uint64_t (*key)(size_t), size_t n,
                  unsigned char slots[SLOTS])
{
    memset(slots, 0, SLOTS);
    for (size_t i = 1; i < n; i++) {
        unsigned char *slot = &slots[key(i) * multiplier >> SHIFT];
        if (*slot) return false;
        *slot = (unsigned char)i;
    }
    return true;
}

static void print(const char *name, uint64_t multiplier, uint64_t (*key)(size_t), size_t n,
                  const unsigned char slots[SLOTS])
{
    printf("enum { %s_shift = %d };\n", name, SHIFT);
    printf("static const uint64_t %s_multiplier = UINT64_C(0x%016llX);\n", name,
           (unsigned long long)multiplier);
    printf("static const uint64_t %s_keys[] = {", name);
    for (size_t i = 0; i < n; i++)
        printf("%sUINT64_C(0x%016llX),", i % 3 ? " " : "\n    ", (unsigned long long)key(i));
    printf("\n};\nstatic const unsigned char %s_slots[%d] = {", name, SLOTS);
    for (size_t i = 0; i < SLOTS; i++)
        printf("%s%d,", i % 16 ? " " : "\n    ", slots[i]);
    printf("\n};\n");
}

static bool find(const char *name, uint64_t (*key)(size_t), size_t n)
{
    unsigned char slots[SLOTS];
    uint64_t multiplier = UINT64_C(0x9E3779B97F4A7C15);
    for (int i = 0; n <= UINT8_MAX && i < TRIES; i++) {
        if (place(multiplier, key, n, slots)) {
            print(name, multiplier, key, n, slots);
            return true;
        }
        multiplier = multiplier * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    }
    return false;
}

int main(int argc, char **argv)
{
    const bool tags = argc == 2 && strcmp(argv[1], "tag") == 0;
    const bool found =
        tags ? find("tag", tag_key, sm_n_tags) : find("word", word_key, sm_n_trait_words);
    return found && fflush(stdout) == 0 ? 0 : 1;
}
