/* seimai/dedup_settings.h - the options that every stage of removing duplicates shares, as a user gives them.
 * SPDX-License-Identifier: MIT
 *
 * A tool puts SM_DEDUP_SETTINGS(&s) into its option table and calls sm_dedup_settings_read after parsing. What is not
 * given stays 0, -1 or NULL, so that an index can tell what was.
 *
 * Ownership: the strings point into argv; the settings own the dictionary that they open.
 * Threads: one; the options that come out may be shared. */
#ifndef SEIMAI_DEDUP_SETTINGS_H
#define SEIMAI_DEDUP_SETTINGS_H

#include <seimai/dedup_index.h>
#include <seimai/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Init with SM_DEDUP_NOTHING_GIVEN; free with sm_dedup_settings_free after the last signer. In the words of
 * seimai/dedup.h, where every term is explained: */
typedef struct sm_dedup_settings {
    double threshold;    /* least Jaccard similarity; 0: .8 */
    int64_t bands, rows; /* 0, 0: by the preset, or else by the threshold */
    int64_t shingle;     /* characters, or words; 0: 5 */
    int64_t bucket_cap;  /* 0: 32 */
    int64_t seed;        /* -1: 1 */
    const char *preset;  /* a published setting: see sm_lsh_preset */
    /* Shingles of characters (the default) hold for all of Japanese; those of words compare what was said in the same
     * words, at MeCab's speed, and go with one dictionary. */
    const char *unit, *mecab_dic;
    const char *view;   /* what of a text is compared near */
    const char *verify; /* how */
    const char *exact;  /* what of a text is compared exactly: its bytes, or its view */
    bool exact_only;    /* equal texts go, nothing else */
    bool url;           /* texts under one URL go, too */
    sm_morph *morph;    /* opened by sm_dedup_settings_read for --unit words */
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

/* Rows of an option table, in the order in which --help shows them. What they say of the defaults is what
 * sm_dedup_defaults gives. */
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
