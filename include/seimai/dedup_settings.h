/* seimai/dedup_settings.h - the options that every stage of removing duplicates shares, as a user gives them.
 * SPDX-License-Identifier: MIT
 *
 * A tool puts SM_DEDUP_SETTINGS(&s) into its option table and calls sm_dedup_settings_read after parsing. What is not
 * given stays 0, -1 or NULL, so that an index can tell what was. */
#ifndef SEIMAI_DEDUP_SETTINGS_H
#define SEIMAI_DEDUP_SETTINGS_H

#include <seimai/dedup_index.h>
#include <seimai/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Init with SM_DEDUP_NOTHING_GIVEN; free with sm_dedup_settings_free after the last signer. */
typedef struct sm_dedup_settings {
    double threshold;
    int64_t bands, rows, shingle, bucket_cap, seed;
    const char *preset, *unit, *mecab_dic, *view, *verify, *exact;
    bool exact_only, url;
    sm_morph *morph; /* opened for --unit words */
} sm_dedup_settings;

#define SM_DEDUP_NOTHING_GIVEN                                                                 \
    {                                                                                          \
        .seed = -1                                                                             \
    }

/* sm_dedup_settings_read makes options of the settings: SM_EUSAGE for a name that is not known, or as
 * sm_morph_open fails. The options are valid until sm_dedup_settings_free. */
SM_API int sm_dedup_settings_read(sm_dedup_settings *s, sm_dedup_options *options,
                                  sm_error *err) SM_MUST_USE;
/* sm_dedup_settings_given tells which of the options come from the user. */
SM_API sm_dedup_given sm_dedup_settings_given(const sm_dedup_settings *s);
SM_API void sm_dedup_settings_free(sm_dedup_settings *s);

/* Rows of an option table. */
#define SM_DEDUP_SETTINGS(s)                                                                   \
    SM_OPTION_REAL('t', "threshold", &(s)->threshold, 0, 1,                                    \
                   "least similarity of a duplicate; picks bands and rows; 0: .8"),            \
        SM_OPTION_INT(0, "bands", &(s)->bands, 0, SM_MINHASH_MAX, "bands; 0: by --threshold"), \
        SM_OPTION_INT(0, "rows", &(s)->rows, 0, SM_MINHASH_MAX,                                \
                      "rows a band; 0: by --threshold"),                                       \
        SM_OPTION_CHOICE(0, "preset", &(s)->preset,                                            \
                         "fineweb|llm-jp-v4|swallow|nemo|refinedweb",                          \
                         "bands and rows as published"),                                       \
        SM_OPTION_INT('n', "shingle", &(s)->shingle, 0, SM_SHINGLE_MAX,                        \
                      "characters or words a shingle; 0: 5"),                                  \
        SM_OPTION_CHOICE(0, "unit", &(s)->unit, "characters|words",                            \
                         "what shingles are made of; words are MeCab's"),                      \
        SM_OPTION_STRING(0, "mecab-dic", &(s)->mecab_dic, "DIR",                               \
                         "dictionary for --unit words; default: IPADIC"),                      \
        SM_OPTION_CHOICE(0, "view", &(s)->view, "text|spaces|ja",                              \
                         "compare all of it, without white space, or (ja, the default) with "  \
                         "widths unified too"),                                                \
        SM_OPTION_CHOICE(0, "verify", &(s)->verify, "exact|signature|none",                    \
                         "how candidates are compared; all but exact, the default, err"),      \
        SM_OPTION_CHOICE(0, "exact", &(s)->exact, "raw|normalized",                            \
                         "equal are texts of the same bytes (raw, the default) or view"),      \
        SM_OPTION_FLAG(0, "exact-only", &(s)->exact_only, "only equal texts are duplicates"),  \
        SM_OPTION_FLAG(0, "url", &(s)->url, "documents of the same metadata.url, too"),        \
        SM_OPTION_INT(0, "bucket-cap", &(s)->bucket_cap, 0, 1000000,                           \
                      "representatives a bucket; 0: 32"),                                      \
        SM_OPTION_INT(0, "seed", &(s)->seed, -1, INT64_MAX / 1024,                             \
                      "of the permutations; -1: 1")

#ifdef __cplusplus
}
#endif
#endif
