/* Numbers of tags by their names: one multiplication, one look, one comparison.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "tags.h"

#include "tag_slots.h" /* tag_keys, tag_slots, tag_multiplier, tag_shift: gen/slots.c */

enum { LONGEST = 16 /* bytes: no name of the table is longer */ };

uint16_t sm_tag_of(sm_span name)
{
    if (name.n > LONGEST) return 0;
    const uint64_t key = sm_tag_key(name.p, name.n);
    const uint16_t number = tag_slots[key * tag_multiplier >> tag_shift];
    if (tag_keys[number] != key) return 0;
    if (name.n <= 8) return number;
    return strncmp(sm_tags[number].name, name.p, name.n) == 0 ? number : 0;
}
