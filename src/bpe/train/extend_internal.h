/* What the files of the extension share.
 * SPDX-License-Identifier: MIT */
#ifndef SM_BPE_EXTEND_INTERNAL_H
#define SM_BPE_EXTEND_INTERNAL_H

#include <seimai/tokenizer_extend.h>

#include "intern.h"

/* ---- extend_script.c: which bytes a new token may have ------------------------------------------- */

/* Can a token of these bytes be a part of an allowed one? */
bool extend_may_join(sm_extend_script only, sm_span bytes);
/* Whole characters that are allowed, or the beginning of a single one. */
bool extend_is_allowed(sm_extend_script only, sm_span bytes);
size_t extend_characters(sm_span bytes); /* that begin in them */

/* ---- extend_units.c: the base's segmentation as a text of its own ----------------------------------- */

/* Each id of the base is a character of an alphabet of its own, and each character that the base spells in bytes is one,
 * too: so a trainer of characters learns merges of ids. */
typedef struct extend_units {
    const sm_tokenizer *base;
    sm_extend_script only;
    sm_counts *counts; /* what was counted, in units */
    bool *used;        /* [units] */
    uint64_t *letters; /* [LETTERS] occurrences of characters that the base has no token for */
    size_t n_used, n;
} extend_units;

int extend_units_init(extend_units *u, const sm_tokenizer *base, sm_extend_script only,
                      const sm_counts *counts, sm_error *err);
void extend_units_fini(extend_units *u);

/* The character that stands for a unit, and back. */
uint32_t extend_code_of(uint32_t unit);
uint32_t extend_unit_of(uint32_t code);
/* The id of a unit, or SM_NO_TOKEN for a character without token; its bytes are appended. */
uint32_t extend_spell_unit(const extend_units *u, uint32_t unit, sm_buffer *bytes);

/* ---- extend_json.c, extend_spiece.c: the base's file with the new tokens in it -------------------- */

int extend_json(const sm_extension *x, const sm_tokenizer *base, const char *path, sm_span file,
                sm_buffer *out, sm_error *err);
int extend_spiece(const sm_extension *x, const char *path, sm_span file, sm_buffer *out,
                  sm_error *err);
/* The name of spare i (in the arena). */
sm_span extend_spare(size_t i, sm_arena *arena);

#endif
