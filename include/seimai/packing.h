/* seimai/packing.h - documents as rows of a batch: whole, several to a row or one to a row.
 * SPDX-License-Identifier: MIT
 *
 * Windows (seimai/order.h) cut a set wherever T tokens end, which suits long texts. Dialogues and other short documents
 * with a mask of targets go whole into rows of T places instead:
 *
 *   documents   several to a row, by best fit: from the longest document to the shortest, each goes into the row where it
 *               leaves the least room, or opens a row. Masks keep them apart (seimai/batch.h). The rows of a set are the
 *               same in every epoch; their order is sm_order_at of the epoch
 *   none        one document a row. In each epoch the documents are shuffled and cut into groups of 32 leaves; within a
 *               group they are sorted by length, so that the rows of a leaf are of about one length and the leaf can be
 *               as short as the longest of them; then the leaves are shuffled. The last leaf may have rows without any
 *
 * A document takes as many places as it has tokens, its EOT counted: the EOT that opens it is an input only. One with
 * more than T tokens is cut. In a set without masks it goes on in further rows, so that every token is a target; with
 * masks its end is left away, and a document whose targets all lie there is left out. `cut` and `lost` count them.
 *
 * Everything is a pure function of (set, options, epoch, index). Nothing is stored but the table of pieces: 20 bytes a
 * document while a packing lives.
 *
 * Source: best-fit decreasing (Johnson, 1973); for sequences Ding et al.: "Fewer truncations improve language modeling",
 * ICML 2024. Threads: a packing is read-only. Ownership: it borrows the set. */
#ifndef SEIMAI_PACKING_H
#define SEIMAI_PACKING_H

#include <seimai/shard.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SM_PACK_CHOICES "auto|windows|documents|none" /* for an option table */
typedef enum sm_pack {
    SM_PACK_AUTO,    /* windows for a set of texts, documents for a set with targets */
    SM_PACK_WINDOWS, /* no packing at all */
    SM_PACK_DOCUMENTS,
    SM_PACK_NONE
} sm_pack;

/* sm_pack_parse reads one of the choices; false for another name. sm_pack_name gives it back. */
SM_API bool sm_pack_parse(const char *name, sm_pack *pack);
SM_API const char *sm_pack_name(sm_pack pack);
/* sm_pack_for resolves SM_PACK_AUTO for a set. */
SM_API sm_pack sm_pack_for(sm_pack pack, const sm_shards *set);

typedef struct sm_packing sm_packing;

typedef struct sm_packing_options {
    sm_pack pack;    /* SM_PACK_DOCUMENTS or SM_PACK_NONE */
    uint32_t length; /* T, places of a row */
    uint32_t leaf;   /* rows of a leaf; matters to SM_PACK_NONE */
    uint64_t seed;
} sm_packing_options;

/* Tokens that lie side by side in the set and in a row: a document, or a part of a long one. */
typedef struct sm_piece {
    uint64_t first; /* the first target: a token of the set */
    uint32_t n;     /* targets and other tokens to predict, 1 … T */
} sm_piece;

typedef struct sm_packing_info {
    uint64_t rows;                      /* of an epoch, empty ones among them */
    uint64_t pieces;                    /* in all rows */
    uint64_t tokens;                    /* in all pieces */
    uint64_t targets;                   /* of these, those that count in the loss */
    uint64_t cut;                       /* documents with more than T tokens */
    uint64_t lost_tokens, lost_targets; /* left away behind the cut */
    uint64_t lost_documents;            /* left out, all their targets being behind it */
} sm_packing_info;

/* sm_packing_new reads the lengths of all documents. SM_EUSAGE for a set without an EOT, whose documents cannot be told
 * apart, or where no target is left; SM_ELIMIT past 2^32 rows. */
SM_API int sm_packing_new(sm_packing **packing, const sm_shards *set,
                          const sm_packing_options *options, sm_error *err) SM_MUST_USE;
SM_API void sm_packing_free(sm_packing *packing); /* NULL is allowed */
SM_API const sm_packing_info *sm_packing_about(const sm_packing *packing);

#define SM_PACKING_EMPTY UINT64_MAX /* a row without a document */

/* sm_packing_draw gives the rows at places first … first + n - 1 of an epoch. */
SM_API void sm_packing_draw(const sm_packing *packing, uint64_t epoch, uint64_t first,
                            uint32_t n, uint64_t *rows);
/* sm_packing_place is its inverse: where in an epoch a row < info.rows that is not empty stands. */
SM_API uint64_t sm_packing_place(const sm_packing *packing, uint64_t epoch, uint64_t row);
/* sm_packing_row gives the pieces of a row in their order, *n of them; none for SM_PACKING_EMPTY. */
SM_API const sm_piece *sm_packing_row(const sm_packing *packing, uint64_t row, size_t *n);
/* sm_packing_find gives the row with the piece that holds a token; SM_PACKING_EMPTY where none does. O(pieces). */
SM_API uint64_t sm_packing_find(const sm_packing *packing, uint64_t token);
/* sm_packing_fill writes a row of T places into arrays of T: inputs, targets, and weights as sm_shards_window has them.
 * Places behind the last piece have the EOT as input, and weigh 0. */
SM_API void sm_packing_fill(const sm_packing *packing, uint64_t row, uint32_t T,
                            uint32_t *input, uint32_t *target, float *weight);
/* sm_packing_width is the number of places of a row that are taken. */
SM_API uint32_t sm_packing_width(const sm_packing *packing, uint64_t row);

#ifdef __cplusplus
}
#endif
#endif
