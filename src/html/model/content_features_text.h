/* What the text of a block says by itself.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_CONTENT_FEATURES_TEXT_H
#define SEIMAI_CONTENT_FEATURES_TEXT_H

#include "text_scan.h"

typedef struct text_facts {
    uint32_t characters,
        wide; /* code points that are no white space, those of CJK among them */
    uint32_t spaces;
    uint32_t stops, commas; /* ends of sentences; commas before a blank, or CJK ones */
    uint32_t marks;
    bool ends_stop;
    bool currency, date, contact;
} text_facts;

/* sm_text_facts looks at the text of a block, valid UTF-8 of the given width. */
text_facts sm_text_facts(sm_span text, uint32_t width);
/* The same by a path; NULL: byte by byte, the oracle of the tests. */
text_facts sm_text_facts_by(const text_scan *scan, sm_span text, uint32_t width);

#endif
