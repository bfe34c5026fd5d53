/* How often a document is written: see seimai/shard_intake.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/hash.h>
#include <seimai/json.h>
#include <seimai/random.h>
#include <seimai/shard_intake.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The draws of weights among those that a seed is used for; the split into training and validation has none. */
static const uint64_t draw_weight = 0x7765696768740001;
/* A weight, and what a field multiplies it by, may not write a document more often. */
static const double most_copies = 1e6;

/* ---- operands --------------------------------------------------------------------------------- */

/* FILE=WEIGHT; or FILE, which has the weight 1 and is what the whole operand names if that exists. */
static int read_operand(sm_shard_operand *o, const char *given, bool *weighed, sm_arena *arena,
                        sm_error *err)
{
    const char *const sign = strrchr(given, '=');
    char *end = NULL;
    *o = (sm_shard_operand){.path = given, .weight = 1.0};
    const double weight = sign ? strtod(sign + 1, &end) : 1.0;
    if (sign && end != sign + 1 && !*end && !sm_file_exists(given)) {
        if (!(weight > 0.0) || !(weight <= most_copies))
            SM_FAIL(err, SM_EUSAGE, "%s: a weight is above 0 and at most %.0f", given,
                    most_copies);
        o->path = sm_arena_printf(arena, "%.*s", (int)(sign - given), given);
        o->weight = weight;
        *weighed = true;
    }
    o->shown = sm_path_shown(o->path, arena);
    return SM_OK;
}

int sm_shard_weights_read(sm_shard_weights *w, sm_list *operands, sm_arena *arena,
                          sm_error *err)
{
    w->n = operands->n;
    w->operands = sm_arena_zalloc(arena, w->n, sizeof *w->operands);
    for (size_t i = 0; i < w->n; i++) {
        sm_shard_operand *const o = &w->operands[i];
        SM_TRY(read_operand(o, operands->items[i], &w->given, arena, err));
        for (size_t k = 0; k < i; k++)
            if (!strcmp(w->operands[k].path, o->path) && w->operands[k].weight != o->weight)
                SM_FAIL(err, SM_EUSAGE, "%s: comes with two weights", o->path);
    }
    for (size_t i = 0; i < w->n; i++)
        operands->items[i] = w->operands[i].path;
    return SM_OK;
}

void sm_shard_weights_tell(const sm_shard_weights *w, sm_buffer *json)
{
    if (w->given) {
        sm_json_key(json, "weights");
        sm_json_open(json, '[');
        for (size_t i = 0; i < w->n; i++)
            sm_json_real(json, w->operands[i].weight);
        sm_json_close(json, ']');
    }
    if (!w->repeat_by) return;
    sm_json_put_text(json, "repeat-by", w->repeat_by);
    sm_json_put_real(json, "repeat-most", w->repeat_most);
}

/* ---- documents -------------------------------------------------------------------------------- */

static double weight_of(const sm_shard_weights *w, const char *file)
{
    for (size_t i = 0; w->given && i < w->n; i++)
        if (strcmp(w->operands[i].shown, file) == 0) return w->operands[i].weight;
    return 1.0;
}

/* The number in a field; false where it is there and is none, or below 0. */
static bool read_number(const sm_doc *doc, const char *path, double *number)
{
    char digits[64], *end = NULL;
    const sm_span raw = sm_doc_field(doc, path);
    *number = 1.0;
    if (!raw.n) return true;
    if (raw.n >= sizeof digits) return false;
    memcpy(digits, raw.p, raw.n);
    digits[raw.n] = '\0';
    const double value = strtod(digits, &end);
    if (end == digits || *end || !(value >= 0.0)) return false;
    *number = value;
    return true;
}

int sm_shard_weigh(const sm_shard_weights *w, sm_doc *doc, uint64_t *copies)
{
    double weight = weight_of(w, doc->file), times = 1.0;
    *copies = 1;
    if (!w->given && !w->repeat_by) return SM_KEEP;
    if (w->repeat_by && !read_number(doc, w->repeat_by, &times)) {
        *copies = 0;
        return sm_doc_drop(doc, "repeat-by", 0, 0);
    }
    if (w->repeat_by) weight *= fmin(times, w->repeat_most);
    weight = fmin(weight, most_copies);
    const double whole = floor(weight);
    const double draw = sm_random_unit(w->seed, sm_hash64(sm_doc_id(doc)), draw_weight);
    *copies = (uint64_t)whole + (draw < weight - whole);
    return *copies ? SM_KEEP : sm_doc_drop(doc, "weight", weight, draw);
}
