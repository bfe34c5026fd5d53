/* Morpheme edges in context: MeCab reads the sentence, the pre-tokens in it take their share.
 * SPDX-License-Identifier: MIT */
#include <seimai/count.h>
#include <seimai/utf8.h>

#include "counting_internal.h"
#include "cutting.h"
#include "japanese.h"

/* A walk over a stretch: pre-tokens come in order, and so do edges. */
typedef struct walk {
    counting_worker *w;
    sm_span text;
    size_t tagged; /* MeCab has seen the text up to here */
    size_t next;   /* the first edge that was not passed */
} walk;

static void keep_edge(counting_worker *w, size_t at)
{
    w->edges = sm_array_grow(w->edges, w->n_edges, &w->cap_edges, sizeof *w->edges);
    w->edges[w->n_edges++] = at;
}

/* Lets MeCab read the next piece. Edges that were passed give way. */
static int tag_more(walk *k, sm_error *err)
{
    counting_worker *w = k->w;
    const size_t start = k->tagged, end = sm_morph_piece(k->text, start);
    const sm_span piece = {k->text.p + start, end - start};
    const sm_morpheme *m = NULL;
    size_t n = 0, left = 0;
    for (size_t i = k->next; i < w->n_edges; i++)
        w->edges[left++] = w->edges[i];
    w->n_edges = left;
    k->next = 0;
    k->tagged = end;
    if (!japanese_pair_in(piece)) return 0;
    SM_TRY(sm_tagger_cut(w->tagger, piece, &m, &n, err));
    for (size_t i = 1; i < n; i++)
        if (m[i].begin == m[i - 1].end && japanese_both_sides(piece, m[i].begin))
            keep_edge(w, start + m[i].begin);
    return 0;
}

/* Adds the edges inside a pre-token that begins at `start` to its crossings. */
static void add_crossings(walk *k, table_record *r, sm_span pretoken, size_t start)
{
    const counting_worker *w = k->w;
    uint64_t *crossings = table_crossings(&w->table, r);
    size_t inner = 0, at = 1; /* the inner characters before byte `at` */
    for (; k->next < w->n_edges && w->edges[k->next] < start + pretoken.n; k->next++) {
        if (w->edges[k->next] <= start) continue;
        for (; at < w->edges[k->next] - start; at++)
            inner += ((unsigned char)pretoken.p[at] & 0xC0) != 0x80;
        crossings[inner] += w->weight;
    }
}

static int tag_some(void *context, const sm_span *pretokens, size_t n, sm_error *err)
{
    walk *k = context;
    for (size_t i = 0; i < n; i++) {
        const size_t start = (size_t)(pretokens[i].p - k->text.p);
        while (k->tagged < k->text.n && k->tagged < start + pretokens[i].n)
            SM_TRY(tag_more(k, err));
        table_record *r = counting_add(k->w, pretokens[i]);
        add_crossings(k, r, pretokens[i], start);
    }
    return 0;
}

int counting_tag_stretch(counting_worker *w, sm_span stretch, sm_error *err)
{
    walk k = {.w = w, .text = stretch};
    w->n_edges = 0;
    return cutter_each_of_stretch(w->counting->cutter, stretch, &w->cuts, tag_some, &k, err);
}
