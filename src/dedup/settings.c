/* What the user gave, as options of a collection. SPDX-License-Identifier: MIT */
#include <seimai/dedup_settings.h>
#include <seimai/lsh.h>

static int read_names(const sm_dedup_settings *s, sm_dedup_options *o, sm_error *err)
{
    if (s->verify && s->verify[0] == 's') o->verify = SM_VERIFY_SIGNATURE;
    if (s->verify && s->verify[0] == 'n') o->verify = SM_VERIFY_NONE;
    if (s->view && !sm_view_of(s->view, &o->view))
        SM_FAIL(err, SM_EUSAGE, "--view %s: unknown", s->view);
    if (s->preset && !sm_lsh_preset(s->preset, &o->bands, &o->rows))
        SM_FAIL(err, SM_EUSAGE, "--preset %s: unknown", s->preset);
    return 0;
}

/* Signatures of words go with one dictionary only: its hash, odd and below 2^63, names it. */
static int open_words(sm_dedup_settings *s, sm_dedup_options *o, sm_error *err)
{
    sm_hash128 hash;
    if (!s->unit || s->unit[0] != 'w') return 0;
    SM_TRY(sm_morph_open(&s->morph, s->mecab_dic, err));
    SM_TRY(sm_morph_hash(s->morph, &hash, err));
    o->morph = s->morph;
    o->words = hash.lo >> 1 | 1;
    return 0;
}

int sm_dedup_settings_read(sm_dedup_settings *s, sm_dedup_options *o, sm_error *err)
{
    *o = sm_dedup_defaults();
    if (s->threshold > 0) o->threshold = s->threshold;
    o->bands = (unsigned)s->bands;
    o->rows = (unsigned)s->rows;
    if (s->shingle > 0) o->shingle = (unsigned)s->shingle;
    if (s->bucket_cap > 0) o->bucket_cap = (unsigned)s->bucket_cap;
    if (s->seed >= 0) o->seed = (uint64_t)s->seed;
    o->exact_only = s->exact_only;
    o->normalized = s->exact && s->exact[0] == 'n';
    o->url = s->url;
    SM_TRY(read_names(s, o, err));
    return open_words(s, o, err);
}

sm_dedup_given sm_dedup_settings_given(const sm_dedup_settings *s)
{
    return (sm_dedup_given){
        .threshold = s->threshold > 0,
        .bands = s->bands > 0 || s->preset,
        .shingle = s->shingle > 0,
        .words = s->unit,
        .view = s->view,
        .bucket_cap = s->bucket_cap > 0,
        .seed = s->seed >= 0,
        .verify = s->verify,
        .normalized = s->exact,
        .exact_only = s->exact_only,
        .url = s->url,
    };
}

void sm_dedup_settings_free(sm_dedup_settings *s)
{
    sm_morph_close(s->morph);
    s->morph = NULL;
}
