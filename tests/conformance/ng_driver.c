/* ng_driver.c - the NG search for the scripts of tests and benchmarks: documents in, counts or hits out.
 * SPDX-License-Identifier: MIT
 *
 *     ng_driver [-e EXCEPTIONS] [-m] [-o] [-h] [-t ROUNDS] MATCH:NAME=FILE… < documents
 *
 * Documents end with a NUL. A line for each: hits, types, letters, excused and score of every list, by tabs. -h: the
 * hits instead, list:begin:end:word (bytes) by tabs. -m: with MeCab; -o: the profile for old literature; -t: no output but
 * the seconds of CPU that the scans of all documents took, the best of some rounds, and their bytes. */
#include <seimai/ng.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct settings {
    const char *exceptions;
    bool mecab, old, hits;
    int rounds;
} settings;

static int add(sm_ng *ng, char *list, sm_error *err)
{
    char *const name = strchr(list, ':'), *const file = name ? strchr(name, '=') : NULL;
    if (!file) SM_FAIL(err, SM_EUSAGE, "%s: not MATCH:NAME=FILE", list);
    *name = *file = 0;
    sm_ng_match match = SM_NG_PLAIN;
    if (!sm_ng_match_of(list, &match))
        SM_FAIL(err, SM_EUSAGE, "%s: not " SM_NG_MATCH_NAMES, list);
    return sm_ng_add(ng, name + 1, file + 1, match, err);
}

static void print_hits(const sm_ng *ng, const sm_ng_scanner *scanner)
{
    size_t n = 0;
    const sm_ng_hit *const hits = sm_ng_hits(scanner, &n);
    for (size_t i = 0; i < n; i++) {
        const sm_span word = sm_ng_word(ng, hits[i].entry);
        printf("%s%s:%zu:%zu:%.*s", i ? "\t" : "", sm_ng_list_name(ng, hits[i].list),
               hits[i].begin, hits[i].end, (int)word.n, word.p);
    }
    putchar('\n');
}

static void print_counts(const sm_ng *ng, const sm_ng_counts *c)
{
    for (size_t i = 0; i < sm_ng_lists(ng); i++)
        printf("%s%ju\t%ju\t%ju\t%ju\t%.17g", i ? "\t" : "", (uintmax_t)c[i].hits,
               (uintmax_t)c[i].types, (uintmax_t)c[i].letters, (uintmax_t)c[i].excused,
               c[i].score);
    putchar('\n');
}

static int scan_all(const sm_ng *ng, sm_ng_scanner *scanner, sm_span input, const settings *s,
                    sm_error *err)
{
    for (const char *p = input.p, *const end = input.p + input.n; p < end;) {
        const char *const stop = memchr(p, 0, (size_t)(end - p));
        const sm_span text = {p, (size_t)((stop ? stop : end) - p)};
        const sm_ng_counts *counts = NULL;
        SM_TRY(sm_ng_scan(scanner, text, &counts, err));
        if (s->hits && !s->rounds) print_hits(ng, scanner);
        if (!s->hits && !s->rounds) print_counts(ng, counts);
        p += text.n + 1;
    }
    return 0;
}

static int run(const sm_ng *ng, sm_ng_scanner *scanner, sm_span input, const settings *s,
               sm_error *err)
{
    double best = 1e30;
    for (int round = 0; round < s->rounds || round == 0; round++) {
        const clock_t start = clock();
        SM_TRY(scan_all(ng, scanner, input, s, err));
        const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (seconds < best) best = seconds;
    }
    if (s->rounds) printf("%.6f\t%zu\n", best, input.n);
    return 0;
}

static int read_all(sm_buffer *input)
{
    char block[1 << 16];
    size_t n = 0;
    while ((n = fread(block, 1, sizeof block, stdin)) > 0)
        sm_buffer_put(input, (sm_span){block, n});
    return input->overflow || ferror(stdin) ? SM_EIO : 0;
}

static int drive(sm_ng *ng, char **lists, const settings *s, sm_error *err)
{
    sm_buffer input = sm_buffer_make((size_t)1 << 32);
    sm_morph *morph = NULL;
    sm_ng_scanner *scanner = NULL;
    int rc = read_all(&input);
    for (; *lists && rc >= 0; lists++)
        rc = add(ng, *lists, err);
    if (rc >= 0 && s->exceptions) rc = sm_ng_except(ng, s->exceptions, err);
    sm_ng_set_literature(ng, s->old);
    if (rc >= 0) rc = sm_ng_compile(ng, err);
    if (rc >= 0 && s->mecab) rc = sm_morph_open(&morph, NULL, err);
    if (rc >= 0) scanner = sm_ng_scanner_new(ng, morph);
    if (rc >= 0) rc = run(ng, scanner, sm_buffer_span(&input), s, err);
    sm_ng_scanner_free(scanner);
    if (morph) sm_morph_close(morph);
    sm_buffer_free(&input);
    return rc;
}

int main(int argc, char **argv)
{
    settings s = {0};
    for (int c; (c = getopt(argc, argv, "e:moht:")) != -1;) {
        if (c == 'e') s.exceptions = optarg;
        if (c == 'm') s.mecab = true;
        if (c == 'o') s.old = true;
        if (c == 'h') s.hits = true;
        if (c == 't') s.rounds = (int)strtol(optarg, NULL, 10);
        if (c == '?') return 2;
    }
    sm_error err = {0};
    sm_ng *const ng = sm_ng_new();
    const int rc = drive(ng, argv + optind, &s, &err);
    sm_ng_free(ng);
    if (rc < 0) (void)fprintf(stderr, "ng_driver: %s\n", err.text);
    return rc < 0 || fflush(stdout) != 0;
}
