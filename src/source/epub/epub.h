/* What an EPUB says about itself: its package document, read with expat.
 * SPDX-License-Identifier: MIT
 *
 * Sources: EPUB 3.3 (package document, open container format), OPF 2.0.1. All strings live in the arena. */
#ifndef SEIMAI_SOURCE_EPUB_H
#define SEIMAI_SOURCE_EPUB_H

#include <seimai/base.h>

/* An entry of the manifest. */
typedef struct epub_item {
    const char *id;
    const char *path; /* in the archive: percent signs undone, folders resolved */
    bool is_page;     /* XHTML, and not the navigation document */
} epub_item;

typedef struct epub_package {
    sm_span title, author, lang, publisher, identifier, date, rights;
    bool is_fixed;    /* pre-paginated: pages are pictures, mostly */
    epub_item *spine; /* in reading order: pages that are linear and no table of contents */
    size_t n_spine;
} epub_package;

/* epub_find_package reads META-INF/container.xml: the path of the first package document. */
int epub_find_package(sm_span xml, sm_arena *arena, const char **path, sm_error *err);
/* epub_read_package reads the package document that lies at `path`. SM_EFORMAT with its line. */
int epub_read_package(sm_span xml, const char *path, sm_arena *arena, epub_package *package,
                      sm_error *err);
/* epub_is_encrypted reads META-INF/encryption.xml: is anything encrypted but fonts, whose two published ways of
 * obfuscation hide no text? */
bool epub_is_encrypted(sm_span xml);

#endif
