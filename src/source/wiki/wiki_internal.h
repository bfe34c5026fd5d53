/* The reader of MediaWiki dumps, a row in container.c's table.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_WIKI_INTERNAL_H
#define SEIMAI_WIKI_INTERNAL_H

#include "container_internal.h"

/* page_source gets lang, the site's name (publisher) and its <base> (url). */
int wiki_open(sm_container *c, sm_error *err);
int wiki_read(sm_container *c, sm_record *record, sm_arena *arena, sm_error *err);
void wiki_close(sm_container *c);

#endif
