/* Lines beside the documents: see seimai/file.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>

enum { FLUSH = 1 << 20, LINES_MAX = 1 << 30 };

struct sm_side {
    sm_output *out;
    sm_buffer lines, stored;
};

int sm_side_open(sm_side **side, const char *path, sm_error *err)
{
    sm_output *out = NULL;
    *side = NULL;
    if (!path) return 0;
    SM_TRY(sm_output_open(&out, path, err));
    *side = sm_calloc(1, sizeof **side);
    (*side)->out = out;
    (*side)->lines = sm_buffer_make(LINES_MAX);
    (*side)->stored = sm_buffer_make(SIZE_MAX / 2);
    return 0;
}

sm_buffer *sm_side_line(sm_side *side)
{
    return side ? &side->lines : NULL;
}

static int flush(sm_side *side, sm_error *err)
{
    sm_buffer_clear(&side->stored);
    sm_output_compress(side->out, sm_buffer_span(&side->lines), &side->stored);
    sm_buffer_clear(&side->lines);
    return sm_output_write(side->out, sm_buffer_span(&side->stored), err);
}

static int written(sm_side *side, sm_error *err)
{
    if (side->lines.overflow)
        SM_FAIL(err, SM_ELIMIT, "a line beside the documents is too long");
    return side->lines.n < FLUSH ? 0 : flush(side, err);
}

int sm_side_end(sm_side *side, sm_error *err)
{
    if (!side) return 0;
    sm_buffer_putc(&side->lines, '\n');
    return written(side, err);
}

int sm_side_put(sm_side *side, sm_span lines, sm_error *err)
{
    if (!side) return 0;
    sm_buffer_put(&side->lines, lines);
    return written(side, err);
}

int sm_side_close(sm_side *side, int status, sm_error *err)
{
    if (!side) return status;
    if (status >= 0 && side->lines.n > 0) status = flush(side, err);
    if (status >= 0)
        status = sm_output_commit(side->out, err);
    else
        sm_output_abort(side->out);
    sm_buffer_free(&side->lines);
    sm_buffer_free(&side->stored);
    sm_free(side);
    return status;
}
