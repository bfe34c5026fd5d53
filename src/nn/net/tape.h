/* tape.h - the tape: operators in the order in which they run, and the tensors between them.
 * SPDX-License-Identifier: MIT
 *
 * A builder (model/llama.c) calls one function an operator (op/op.h); each appends a node and returns the
 * number of the tensor that it makes. All tensors have one row a token, (BT, width). Forward walks the
 * nodes, backward walks them in reverse: net/steps.c lists who runs when. Time is counted in these steps; a tensor
 * lives from its first use to its last, and net/arena.c gives it a place.
 *
 * Nouns
 *   root    a tensor with memory of its own. A slice is some of its columns; an operator that works in place
 *           makes a new tensor with the same root
 *   weight  the parameters of one node: one, or several side by side that a single product serves
 *   aux     what an operator keeps for its own backward (a few floats a row)
 *   scratch what it needs while it runs
 *   scope   what names start with ("model.layers.3."); the nodes of a scope are recomputed together */
#ifndef SM_NN_NET_TAPE_H
#define SM_NN_NET_TAPE_H

#include <seimai/net.h>

#include "kern/decode.h"
#include "kern/vec.h"

typedef uint32_t sm_id; /* number of a tensor */

enum { SM_MAX_INPUTS = 3 };
#define SM_NONE    UINT32_MAX /* no tensor */
#define SM_NOWHERE SIZE_MAX   /* a place that was not given */

typedef struct sm_tensor {
    const char *name;
    uint32_t width;           /* floats a row */
    sm_id root;               /* itself, or the tensor in whose memory it lies … */
    uint32_t column;          /* … from this column on */
    size_t value_at, grad_at; /* roots: place in the arena, in floats */
} sm_tensor;

typedef struct sm_node sm_node;
typedef struct sm_run sm_run;
typedef struct sm_tape sm_tape;

/* What an operator is. backward adds to the gradients of its inputs where a later node has left something
 * (node->adds_in), and writes them otherwise. */
typedef struct sm_op {
    const char *name;
    bool in_place;    /* the output takes the last input's memory */
    bool saves_in;    /* backward reads the values of the inputs … */
    bool saves_out;   /* … and of the output */
    bool is_linear;   /* it has several weights, whose gradients alone need the inputs */
    bool joint_in;    /* backward gives the gradients of all inputs, wanted or not */
    bool keeps_aux;   /* aux is small: it is kept where the rest is recomputed */
    bool sole_reader; /* nobody else reads the input: backward writes, never adds */
    bool is_head;     /* its forward leaves the gradient of its input */
    bool is_cheap;    /* backward computes the output once more rather than keep it */
    bool mixes_rows;  /* a row of the output needs other rows of the input */
    void (*forward)(const sm_node *node, const sm_run *run);
    void (*backward)(const sm_node *node, const sm_run *run); /* NULL: nothing to do */
    /* floats of scratch in the phase; NULL: none */
    size_t (*scratch)(const sm_tape *tape, const sm_node *node, bool backward);
} sm_op;

/* Some of the outputs of a linear, whose weights (or biases) are trained and lie side by side in the gradient. */
typedef struct sm_part {
    uint32_t column, width; /* outputs [column, column + width) */
    size_t gradient;        /* where their gradient begins */
} sm_part;

typedef struct sm_parts {
    const sm_part *items;
    uint32_t n;
} sm_parts;

/* The adapter of one weight of a linear: y += scale·U·Bᵀ on its outputs, where U are columns of x·Aᵀ (op/lora.c). */
typedef struct sm_low_rank {
    uint32_t column, width; /* its outputs … */
    uint32_t first, rank;   /* … and its columns of U */
    float scale;
    size_t B;  /* offset of B (width, rank) */
    size_t dB; /* place of its gradient, SM_NOWHERE where it is frozen */
} sm_low_rank;

typedef struct sm_low_ranks {
    sm_low_rank *items;
    uint32_t n, rank; /* the columns of U, of all together */
    size_t A;         /* offset of all A (rank, C), one under the other */
    sm_parts dA;
} sm_low_ranks;

struct sm_node {
    const sm_op *op;
    const char *name, *scope;
    sm_id in[SM_MAX_INPUTS], out, aux; /* SM_NONE where there is none */
    uint32_t n_in;
    size_t weight;      /* offset in the flat vectors, SM_NOWHERE without weights */
    size_t weight_rows; /* rows of all weights side by side … */
    size_t weight_columns;
    size_t bias; /* offset of the biases, as many as the output is wide; SM_NOWHERE without */
    bool is_stored;        /* weight is an offset in the stored base */
    sm_low_ranks *adapter; /* linear: LoRA, or NULL */
    /* Where the gradients of weight and bias begin, SM_NOWHERE where they are frozen; of a linear, part by part. */
    size_t gradient, bias_gradient;
    sm_parts parts, bias_parts;
    uint32_t site;                /* number of the node: keys its random numbers */
    bool active;                  /* backward runs: something here or below is trained */
    bool wants_in[SM_MAX_INPUTS]; /* the gradients that somebody below needs */
    bool saves_in;                /* backward of this node reads the values of the inputs */
    bool adds_in[SM_MAX_INPUTS], adds_weight;
    size_t scratch_at, scratch_back_at;
    uint32_t head_dim; /* rope, rmsnorm, attention */
    uint32_t window;   /* attention: keys that a query sees at most; 0: all */
    float scale;       /* attention: of q·k */
    float eps;         /* norms */
    double dropout; /* share that is dropped: dropout, attention, of the input of an adapter */
    bool is_conv1d; /* linear: the weight is stored (in, out) */
    bool by_position; /* embedding: of positions, not of ids */
    size_t cache_at;  /* attention in the decode plan: place in the cache, in floats */
};

/* A step of a run: a node, forward, forward once more, or backward. */
typedef enum sm_phase { SM_FORWARD, SM_AGAIN, SM_BACKWARD } sm_phase;

typedef struct sm_step {
    uint32_t node;
    sm_phase phase;
} sm_step;

struct sm_tape {
    sm_net_options options;
    sm_arena names;
    const char *scope; /* what the names of weights start with */
    sm_tensor *tensors;
    size_t n_tensors, cap_tensors;
    sm_node *nodes;
    size_t n_nodes, cap_nodes;
    sm_step *steps; /* by sm_tape_schedule */
    size_t n_steps;
    sm_param *params;
    size_t n_params, cap_params, n_floats;
    size_t n_model_params;     /* the first so many; an adapter's follow */
    size_t trainable, trained; /* floats of a gradient; parameters without padding */
    size_t n_stored;           /* elements of the stored base */
    double deviation;          /* of fresh weights of two dimensions */
    float *rope;               /* (positions, 2, head_dim / 2): cosines, sines */
    uint32_t positions;
    size_t cache_floats; /* of all attention nodes */
};

/* One pass: what the operators see of it. */
struct sm_run {
    const sm_tape *tape;
    const sm_batch *batch;
    const sm_vec *vec;
    const sm_decode *decode; /* for the decode plan */
    float *arena, *cache;
    const float *w;
    const sm_stored *base; /* of nodes that are stored */
    float *g;              /* NULL: forward only */
    size_t rows;           /* batch->B · batch->T */
    int threads;
    bool plain; /* without adapters */
    /* The head: rows with a target, their losses, and what evaluation wants. */
    bool with_targets;
    uint32_t *active; /* (BT) */
    float *nll;       /* (BT), of the active rows in their order */
    sm_loss *loss;
    const sm_token_scores *scores; /* may be NULL */
};

/* Rows of a tensor or of its gradient: row i starts at p + i·stride. */
typedef struct sm_rows {
    float *p;
    size_t stride, width;
} sm_rows;

sm_rows sm_value_rows(const sm_run *run, sm_id id);
sm_rows sm_grad_rows(const sm_run *run, sm_id id);
/* sm_is_large tells whether an operator on the rows of a width is worth waking threads for (what it gives
 * does not depend on it). */
bool sm_is_large(const sm_run *run, size_t width);

/* The random numbers of a node in one run; sm_dropout_of says whether it drops at all: in training only. */
typedef struct sm_dropout {
    uint32_t key[2], limit; /* a word below it drops */
    float factor;           /* of what is kept: 1 / (1 − rate) */
} sm_dropout;

bool sm_dropout_of(const sm_node *node, const sm_run *run, sm_dropout *dropout);
/* sm_dropout_row multiplies n floats by 0 or factor; `row` is their number inside sample b of the batch. */
void sm_dropout_row(const sm_dropout *dropout, const sm_run *run, size_t b, uint32_t row,
                    float *x, size_t n);

/* ---- building ------------------------------------------------------------------------------- */

/* sm_tape_scope sets what the names of weights and nodes start with: "model.layers.3.". */
void sm_tape_scope(sm_tape *tape, const char *format, ...) SM_PRINTF(2);
/* sm_tape_tensor makes a root. */
sm_id sm_tape_tensor(sm_tape *tape, const char *name, uint32_t width);
/* sm_tape_slice is a view of columns [column, column + width) of a tensor. */
sm_id sm_tape_slice(sm_tape *tape, sm_id id, uint32_t column, uint32_t width);
/* sm_tape_node appends a node; the output is SM_NONE for width 0. In place, it takes the memory of the last input.
 * The pointer is valid until the next node. */
sm_node *sm_tape_node(sm_tape *tape, const sm_op *op, const char *name, uint32_t n_in,
                      const sm_id in[], uint32_t width);
/* These give the offset of a parameter, scope + name + ".weight" (of a bias ".bias"), which they append to the table
 * unless it is there (a tied head). `apart` starts a new group at a multiple of 16 floats. */
size_t sm_tape_matrix(sm_tape *tape, const char *name, size_t rows, size_t columns, bool apart);
size_t sm_tape_table(sm_tape *tape, const char *name, size_t rows, size_t columns);
size_t sm_tape_vector(sm_tape *tape, const char *name, size_t n);           /* fresh: 1 */
size_t sm_tape_bias(sm_tape *tape, const char *name, size_t n, bool apart); /* fresh: 0 */
/* sm_tape_param appends a parameter with its full name (copied), shape, kind and distribution. */
size_t sm_tape_param(sm_tape *tape, sm_param param, bool apart);
/* sm_tape_rotary makes the table of angles pos·sm_rope_frequency. */
void sm_tape_rotary(sm_tape *tape, const sm_model_config *config, uint32_t positions);

/* ---- a tape that is built -------------------------------------------------------------------- */

/* sm_tape_freeze decides which parameters are trained, by options.freeze and options.lora, and gives these their
 * places. SM_EUSAGE for a pattern that fits none, and where nothing is left to train. */
int sm_tape_freeze(sm_tape *tape, sm_error *err) SM_MUST_USE;
/* sm_tape_trace follows what is trained through the tape: which nodes run backward, which gradients they give. */
void sm_tape_trace(sm_tape *tape);
/* sm_tape_parts lists what is trained of n outputs, of `each` floats a piece, that begin at an offset of the weights. */
sm_parts sm_tape_parts(sm_tape *tape, size_t offset, size_t n, size_t each);
/* sm_tape_store moves what is frozen to the stored base, where options.base asks for one; after sm_tape_trace. */
void sm_tape_store(sm_tape *tape);
/* sm_tape_schedule lists the steps; after sm_tape_trace. */
void sm_tape_schedule(sm_tape *tape);

#endif
