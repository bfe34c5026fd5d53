/* Lines that belong to a site and not to a page.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_HTML_PHRASES_H
#define SEIMAI_HTML_PHRASES_H

#include <seimai/base.h>

/* sm_is_furniture_phrase tells whether a whole line is the name of a menu, a button or a notice: never
 * whether it merely holds one. Brackets, marks and blanks around it are ignored, and the case. */
bool sm_is_furniture_phrase(sm_span line);

#endif
