/* What is said about duplicates: tags, the audit, statistics. See seimai/dedup.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/dedup.h>

#include <seimai/json.h>
#include <seimai/lsh.h>

const char *sm_match_rule(sm_match_kind kind)
{
    static const char *const rules[] = {"", "exact-duplicate", "near-duplicate",
                                        "url-duplicate"};
    return rules[kind];
}

void sm_dedup_tag(sm_doc *doc, const sm_match *match)
{
    sm_buffer json = sm_buffer_make(1 << 20);
    sm_json_open(&json, '{');
    sm_json_put_string(&json, "cluster",
                       match->kind == SM_MATCH_NONE ? sm_doc_id(doc) : match->kept);
    if (match->kind != SM_MATCH_NONE) {
        sm_json_put_real(&json, "similarity", match->similarity);
    } else if (match->size > 0) {
        sm_json_put_uint(&json, "size", match->size);
    }
    sm_json_close(&json, '}');
    sm_doc_set_meta(doc, "dedup", sm_arena_copy(doc->arena, sm_buffer_span(&json)));
    sm_buffer_free(&json);
}

/* ---- the audit ------------------------------------------------------------------------------ */

int sm_dedup_audit(sm_side *audit, sm_span dropped, const sm_match *match, sm_error *err)
{
    sm_buffer *b = sm_side_line(audit);
    if (!b) return SM_OK;
    sm_json_open(b, '{');
    sm_json_put_string(b, "dropped", dropped);
    sm_json_put_string(b, "kept", match->kept);
    sm_json_put_real(b, "similarity", match->similarity);
    sm_json_put_text(b, "kind", sm_match_rule(match->kind));
    if (match->by.n > 0) {
        sm_json_put_string(b, "by", match->by);
    }
    sm_json_close(b, '}');
    return sm_side_end(audit, err);
}

/* ---- statistics ----------------------------------------------------------------------------- */

static void put_recall(const sm_dedup_options *o, sm_buffer *json)
{
    sm_json_key(json, "recall"); /* of candidates, by similarity */
    sm_json_open(json, '{');
    for (int tenth = 5; tenth <= 9; tenth++) {
        const char key[] = {'0', '.', (char)('0' + tenth), '\0'};
        sm_json_put_real(json, key, sm_lsh_recall(o->bands, o->rows, tenth / 10.0));
    }
    sm_json_close(json, '}');
}

void sm_dedup_report(const sm_dedup *dedup, sm_buffer *json)
{
    const sm_dedup_options *o = sm_dedup_settled(dedup);
    const sm_dedup_counts c = sm_dedup_count(dedup);
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"bands", o->bands},      {"rows", o->rows},
        {"shingle", o->shingle},  {"signatures", c.documents - c.short_texts},
        {"short", c.short_texts}, {"candidates", c.candidates},
        {"verified", c.verified}, {"exact", c.exact},
        {"near", c.near},         {"url", c.url},
        {"capped", c.capped},
    };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        sm_json_put_uint(json, counts[i].name, counts[i].value);
    }
    sm_json_put_real(json, "threshold", o->threshold);
    put_recall(o, json);
}
