/* The table of named character references.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_ENTITIES_H
#define SEIMAI_HTML_ENTITIES_H

#include <stdint.h>

enum { SM_ENTITIES = 2231, SM_ENTITY_NAME = 32 /* bytes of the longest name */ };

typedef struct sm_entity {
    const char *name;       /* without `&`; most end with `;`, some exist without it too */
    uint32_t first, second; /* code points; 0: there is no second one */
} sm_entity;

extern const sm_entity sm_entities[SM_ENTITIES]; /* sorted by the bytes of the name */

#endif
