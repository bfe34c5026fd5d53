/* The characters between which morpheme edges are counted.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_JAPANESE_H
#define SM_BPE_JAPANESE_H

#include <seimai/base.h>

/* Kana, kanji, 々 〆 〇 and ー: what words are written with. */
bool japanese_is(uint32_t c);
/* Are the characters before and after byte `at` (0 < at < s.n, between characters of valid UTF-8)
 * Japanese? */
bool japanese_both_sides(sm_span s, size_t at);
/* Do two Japanese characters stand side by side in valid UTF-8? */
bool japanese_pair_in(sm_span s);

#endif
