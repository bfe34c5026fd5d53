/* Single code points of the forms "ja" and "twins" (see seimai/normalize.h), without any library.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_WIDTH_INTERNAL_H
#define SEIMAI_WIDTH_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

enum { SM_WIDTH_GONE = 0x110000 };

/* sm_width_fold gives what the ja form makes of c by itself: c, another one, or SM_WIDTH_GONE. */
uint32_t sm_width_fold(uint32_t c);
/* sm_width_voice composes a half-width kana with a half-width mark that follows; 0 if they do not. */
uint32_t sm_width_voice(uint32_t c, uint32_t mark);
/* sm_width_twin gives the twin that stays, or c. */
uint32_t sm_width_twin(uint32_t c);

#endif
