/* A page's blocks for inspection: what each is, where it stands, whether it was taken and why.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "extractor_internal.h"

/* Three places behind the point, and those of a small number. */
static double rounded(double x)
{
    return fabs(x) < 1e9 ? round(x * 1000) / 1000 : x;
}

static void put_path(const sm_content *content, const sm_block *b, sm_buffer *json,
                     sm_buffer *path)
{
    sm_buffer_clear(path);
    sm_content_path(content, b, path);
    sm_json_put_string(json, "path", sm_buffer_span(path));
}

/* Those that apply and are not 0. */
static void put_features(const sm_content *content, const sm_block *b, sm_buffer *json)
{
    sm_json_key(json, "features");
    sm_json_open(json, '{');
    for (size_t i = 0; i < sm_content_n_features(); i++) {
        const double value = rounded(sm_content_feature(content, b, i));
        if (isnan(value) || !(value < 0 || value > 0)) continue;
        sm_json_put_real(json, sm_content_feature_name(i), value);
    }
    sm_json_close(json, '}');
}

static void put_block(const sm_content *content, const sm_block *b, sm_buffer *json,
                      sm_buffer *path)
{
    sm_json_open(json, '{');
    sm_json_put_text(json, "kind", sm_block_kind_name((sm_block_kind)b->kind));
    if (b->kind == SM_BLOCK_HEADING) sm_json_put_uint(json, "level", b->level);
    sm_json_put_bool(json, "taken", b->selected);
    sm_json_put_text(json, "reason", sm_content_reason_name((sm_content_reason)b->reason));
    sm_json_put_real(json, "score", rounded((double)b->score));
    put_path(content, b, json, path);
    sm_json_put_uint(json, "width", b->width);
    sm_json_put_real(json, "link_share",
                     rounded(b->width ? (double)b->link_width / b->width : 0));
    put_features(content, b, json);
    sm_json_put_string(json, "text", b->text);
    sm_json_close(json, '}');
}

void extractor_put_blocks(const sm_content *content, const sm_page *parsed, sm_buffer *json)
{
    enum { PATH_BYTES = 64 << 10 };
    sm_buffer path = sm_buffer_make(PATH_BYTES);
    sm_json_open(json, '[');
    for (size_t i = 0; i < parsed->n_blocks; i++)
        put_block(content, &parsed->blocks[i], json, &path);
    sm_json_close(json, ']');
    sm_buffer_free(&path);
}
