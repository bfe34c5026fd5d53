/* seimai-model-diff: in what two models differ: sizes, data, options, scores, weights.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/json.h>
#include <seimai/lineage.h>
#include <seimai/options.h>

#include <string.h>

typedef struct difference {
    const sm_lineage_change *changes;
    size_t n;
    sm_weight_change *tensors;
    size_t n_tensors;
    double whole;
} difference;

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

/* One line where the values are short, else the two values below each other. */
static void put_change(const sm_lineage_change *c, sm_buffer *out)
{
    enum { SHORT = 24 };
    const char *const a = or_dash(c->a), *const b = or_dash(c->b);
    if (strlen(a) <= SHORT && strlen(b) <= SHORT)
        sm_buffer_printf(out, "  %-28s %24s  %24s\n", c->key, a, b);
    else
        sm_buffer_printf(out, "  %s\n    - %s\n    + %s\n", c->key, a, b);
}

static void put_text(const difference *d, size_t most, sm_buffer *out)
{
    for (size_t i = 0; i < d->n; i++) {
        if (i == 0 || strcmp(d->changes[i].what, d->changes[i - 1].what) != 0)
            sm_buffer_printf(out, "%s\n", d->changes[i].what);
        put_change(d->changes + i, out);
    }
    if (d->n == 0) sm_buffer_puts(out, "sizes, data, options and scores are the same\n");
    if (d->n_tensors == 0) {
        sm_buffer_puts(out, "weights: no tensor of the same name and shape\n");
        return;
    }
    sm_buffer_printf(out, "weights: |b - a| / |a| = %.4g over %zu tensors\n", d->whole,
                     d->n_tensors);
    for (size_t i = 0; d->whole > 0.0 && i < d->n_tensors && i < most; i++)
        sm_buffer_printf(out, "  %-60.*s %10.4g\n", (int)d->tensors[i].name.n,
                         d->tensors[i].name.p, d->tensors[i].distance);
}

static void put_or_null(sm_buffer *out, const char *key, const char *text)
{
    sm_json_key(out, key);
    if (text)
        sm_json_string(out, sm_span_of(text));
    else
        sm_json_null(out);
}

static void put_json(const difference *d, sm_buffer *out)
{
    sm_json_open(out, '{');
    sm_json_key(out, "changes");
    sm_json_open(out, '[');
    for (size_t i = 0; i < d->n; i++) {
        sm_json_open(out, '{');
        sm_json_put_text(out, "what", d->changes[i].what);
        sm_json_put_text(out, "key", d->changes[i].key);
        put_or_null(out, "a", d->changes[i].a);
        put_or_null(out, "b", d->changes[i].b);
        sm_json_close(out, '}');
    }
    sm_json_close(out, ']');
    sm_json_put_real(out, "weights", d->whole);
    sm_json_key(out, "tensors");
    sm_json_open(out, '{');
    for (size_t i = 0; i < d->n_tensors; i++) {
        sm_json_key_span(out, d->tensors[i].name);
        sm_json_real(out, d->tensors[i].distance);
    }
    sm_json_close(out, '}');
    sm_json_close(out, '}');
    sm_buffer_putc(out, '\n');
}

static int compare(const sm_list *dirs, bool as_json, size_t most, sm_error *err)
{
    difference d = {0};
    sm_arena arena = {0};
    sm_buffer text = sm_buffer_make(64 << 20);
    sm_output *out = NULL;
    const char *const a = dirs->items[0], *const b = dirs->items[1];
    int status = sm_lineage_diff(a, b, &arena, &d.changes, &d.n, err);
    if (status >= 0)
        status = sm_lineage_distance(a, b, &arena, &d.tensors, &d.n_tensors, &d.whole, err);
    if (status >= 0) status = sm_output_open(&out, NULL, err);
    if (status >= 0) {
        if (as_json)
            put_json(&d, &text);
        else
            put_text(&d, most, &text);
        status = sm_output_write(out, sm_buffer_span(&text), err);
    }
    if (out && status >= 0)
        status = sm_output_commit(out, err);
    else if (out)
        sm_output_abort(out);
    sm_buffer_free(&text);
    sm_arena_free(&arena);
    return status;
}

int main(int argc, char **argv)
{
    bool as_json = false;
    int64_t most = 8;
    sm_io io = {0};
    const sm_option options[] = {
        SM_OPTION_FLAG(0, "json", &as_json, "one JSON object, with all tensors"),
        SM_OPTION_INT(0, "tensors", &most, 0, 1 << 20, "the most changed ones to list"),
        SM_OPTIONS_COMMON(&io),
        SM_OPTIONS_END,
    };
    const sm_usage usage = {
        .name = "model-diff",
        .operands = "[OPTION…] A B",
        .about = "Tell in what two models differ.",
        .more =
            "Sizes, tokenizer, data, options and scores as their lineage.json has them, and "
            "how\nfar the weights are apart.\n",
    };
    sm_error err = {0};

    sm_options_parse(&usage, options, argc, argv);
    if (io.files.n != 2) return sm_usage_fail(&usage, "two models' folders are needed");
    return sm_leave(&usage, compare(&io.files, as_json, (size_t)most, &err), &err);
}
