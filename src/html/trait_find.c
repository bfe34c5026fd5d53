/* Traits of the words of class and id, by their keys.
 * SPDX-License-Identifier: MIT */
#include "trait_words.h"

#include "word_slots.h" /* word_keys, word_slots, word_multiplier, word_shift: gen/slots.c */

uint32_t sm_traits_of_key(uint64_t key)
{
    const unsigned char number = word_slots[key * word_multiplier >> word_shift];
    return word_keys[number] == key ? sm_trait_words[number].traits : 0;
}
