/* Adapters on a built model: which modules get one, and its parameters behind the model's own: see seimai/lora.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/models.h"
#include "model/module.h"

#define PREFIX "base_model.model." /* what PEFT calls the model that it wraps */

double sm_lora_scale(const sm_lora *lora, uint32_t rank, double alpha)
{
    return alpha / (lora->rslora ? sqrt((double)rank) : (double)rank);
}

/* ---- names -------------------------------------------------------------------------------------- */

sm_span sm_module_of(const char *param)
{
    const char *const dot = strrchr(param, '.');
    return dot ? (sm_span){param, (size_t)(dot - param)} : sm_span_of(param);
}

bool sm_module_fits(sm_span module, const char *name)
{
    const sm_span end = sm_span_of(name);
    if (!sm_span_ends(module, end)) return false;
    return module.n == end.n || module.p[module.n - end.n - 1] == '.';
}

/* The block of "model.layers.3.mlp.up_proj": its first part that is a number; −1 outside the blocks. */
static int64_t block_of(sm_span module)
{
    int64_t block;
    while (module.n > 0) {
        const char *const dot = memchr(module.p, '.', module.n);
        const size_t n = dot ? (size_t)(dot - module.p) : module.n;
        if (sm_span_to_i64((sm_span){module.p, n}, &block)) return block;
        module = sm_span_from(module, n + (dot != NULL));
    }
    return -1;
}

static bool is_listed(const sm_lora *lora, int64_t block)
{
    for (size_t i = 0; i < lora->n_layers; i++)
        if (lora->layers[i] == block) return true;
    return lora->n_layers == 0;
}

/* The first target that fits a module, or NULL. */
static const char *target_of(const sm_lora *lora, sm_span module)
{
    if (!is_listed(lora, block_of(module))) return NULL;
    for (const char *const *t = lora->targets; t && *t; t++)
        if (strcmp(*t, "all-linear") == 0 || sm_module_fits(module, *t)) return *t;
    return NULL;
}

/* The adapter's rank and alpha, or those of the first exceptions that fit the module. */
static void numbers_of(const sm_lora *lora, sm_span module, uint32_t *rank, double *alpha)
{
    *rank = lora->rank;
    *alpha = lora->alpha;
    for (size_t i = lora->n_exceptions; i-- > 0;) {
        const sm_lora_exception *const e = lora->exceptions + i;
        if (!sm_module_fits(module, e->module)) continue;
        *rank = e->rank ? e->rank : *rank;
        *alpha = e->alpha > 0.0 ? e->alpha : *alpha;
    }
}

/* ---- what is asked for ---------------------------------------------------------------------------- */

static int check(const sm_lora *lora, sm_error *err)
{
    if (lora->rank == 0 || lora->rank > SM_LORA_RANKS)
        SM_FAIL(err, SM_EUSAGE, "lora: rank %u: 1 … %d are possible", lora->rank,
                SM_LORA_RANKS);
    if (!(lora->alpha > 0.0) || !isfinite(lora->alpha))
        SM_FAIL(err, SM_EUSAGE, "lora: alpha %g is not positive", lora->alpha);
    if (!(lora->dropout >= 0.0 && lora->dropout <= 0.99))
        SM_FAIL(err, SM_EUSAGE, "lora: dropout %g: 0 … 0.99 are possible", lora->dropout);
    for (size_t i = 0; i < lora->n_exceptions; i++)
        if (lora->exceptions[i].rank > SM_LORA_RANKS || !(lora->exceptions[i].alpha >= 0.0))
            SM_FAIL(err, SM_EUSAGE, "lora: rank %u and alpha %g of '%s'",
                    lora->exceptions[i].rank, lora->exceptions[i].alpha,
                    lora->exceptions[i].module);
    return SM_OK;
}

static bool fits_one(const sm_tape *tape, const char *name, bool linear)
{
    for (size_t i = 0; i < tape->n_model_params; i++) {
        const sm_param *const p = tape->params + i;
        if (linear && p->kind != SM_PARAM_MATRIX) continue;
        if (sm_module_fits(sm_module_of(p->name), name)) return true;
    }
    return false;
}

/* An embedding that is the head too: PEFT would train a copy of it. */
static bool is_tied(const sm_tape *tape, const char *name)
{
    const sm_node *const first = tape->nodes, *const head = tape->nodes + tape->n_nodes - 1;
    return first->weight == head->weight &&
           sm_module_fits(sm_module_of(tape->params[0].name), name);
}

/* Names that fit nothing are spelling mistakes, or modules that no adapter is for: the embedding and the head. */
static int check_names(const sm_tape *tape, const sm_lora *lora, sm_error *err)
{
    for (const char *const *name = lora->targets; name && *name; name++)
        if (strcmp(*name, "all-linear") != 0 && !fits_one(tape, *name, true))
            SM_FAIL(err, SM_EUSAGE, "lora: target '%s' is no linear map of the blocks", *name);
    for (const char *const *name = lora->saved; name && *name; name++) {
        if (!fits_one(tape, *name, false))
            SM_FAIL(err, SM_EUSAGE, "lora: the model has no module '%s' to save", *name);
        if (is_tied(tape, *name))
            SM_FAIL(
                err, SM_EUSAGE,
                "lora: module '%s' shares its weight with another: it cannot be saved alone",
                *name);
    }
    return SM_OK;
}

/* ---- parameters ----------------------------------------------------------------------------------- */

static size_t append(sm_tape *tape, sm_span module, const char *what, size_t rows,
                     size_t columns, double bound, bool apart)
{
    const char *const name =
        sm_arena_printf(&tape->names, PREFIX "%.*s.%s.weight", (int)module.n, module.p, what);
    return sm_tape_param(tape,
                         (sm_param){.name = name,
                                    .n_dims = 2,
                                    .shape = {rows, columns},
                                    .kind = SM_PARAM_MATRIX,
                                    .bound = bound},
                         apart);
}

/* The weights of a linear that are targets. */
typedef struct choice {
    sm_low_rank *items;
    sm_span *modules;
    uint32_t n, rank;
} choice;

static void take(choice *c, const sm_lora *lora, sm_span module, uint32_t column,
                 uint32_t width)
{
    uint32_t rank;
    double alpha;
    numbers_of(lora, module, &rank, &alpha);
    c->modules[c->n] = module;
    c->items[c->n++] = (sm_low_rank){.column = column,
                                     .width = width,
                                     .first = c->rank,
                                     .rank = rank,
                                     .scale = (float)sm_lora_scale(lora, rank, alpha)};
    c->rank += rank;
}

/* Lists the targets among the weights of a node. */
static choice choose(sm_tape *tape, const sm_node *node)
{
    const size_t C = tape->tensors[node->in[0]].width, N = tape->tensors[node->out].width;
    const sm_param *p = tape->params;
    while (p->offset != node->weight)
        p++;
    size_t weights = 0;
    for (size_t n = 0; n < N * C; n += p[weights++].n) {
    }
    choice c = {.items = sm_arena_zalloc(&tape->names, weights, sizeof *c.items),
                .modules = sm_arena_zalloc(&tape->names, weights, sizeof *c.modules)};
    for (uint32_t column = 0; column < N; p++) {
        const uint32_t width = (uint32_t)(p->n / C);
        const sm_span module = sm_module_of(p->name);
        if (target_of(tape->options.lora, module))
            take(&c, tape->options.lora, module, column, width);
        column += width;
    }
    return c;
}

static void attach(sm_tape *tape, sm_node *node)
{
    const size_t C = tape->tensors[node->in[0]].width;
    const choice c = choose(tape, node);
    if (c.n == 0) return;
    sm_low_ranks *const a = sm_arena_zalloc(&tape->names, 1, sizeof *a);
    *a = (sm_low_ranks){.items = c.items, .n = c.n, .rank = c.rank};
    for (uint32_t i = 0; i < c.n; i++) {
        const double bound =
            1.0 / sqrt((double)C); /* Kaiming's uniform distribution with a = √5 */
        const size_t A =
            append(tape, c.modules[i], "lora_A", c.items[i].rank, C, bound, i == 0);
        if (i == 0) a->A = A;
    }
    for (uint32_t i = 0; i < c.n; i++)
        c.items[i].B =
            append(tape, c.modules[i], "lora_B", c.items[i].width, c.items[i].rank, 0.0, true);
    node->adapter = a;
    node->dropout = tape->options.lora->dropout;
    node->aux =
        sm_tape_tensor(tape, sm_arena_printf(&tape->names, "%s lora", node->name), c.rank);
}

int sm_lora_attach(sm_tape *tape, sm_error *err)
{
    const sm_lora *const lora = tape->options.lora;
    tape->n_model_params = tape->n_params;
    if (!lora) return SM_OK;
    SM_TRY(check(lora, err));
    SM_TRY(check_names(tape, lora, err));
    for (size_t i = 0; i < tape->n_nodes; i++)
        if (tape->nodes[i].op->is_linear) attach(tape, tape->nodes + i);
    if (tape->n_params == tape->n_model_params)
        SM_FAIL(err, SM_EUSAGE, "lora: no module is a target");
    return SM_OK;
}
