/* bpe_bench TOKENIZER FILE [IDS]: text in memory to ids in memory, one thread, one pass, nothing warm.
 * FILE holds texts separated by the byte 1E. Prints the bytes, the seconds of loading and of encoding (CPU time)
 * and the number of ids; IDS gets the ids of each text and FFFFFFFF behind them, little-endian.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/tokenizer.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void encode_all(const sm_tokenizer *tok, sm_span texts, bool marks, sm_ids *ids)
{
    sm_encoder *e = sm_encoder_new();
    for (const char *p = texts.p, *end = texts.p + texts.n; p < end;) {
        const char *stop = memchr(p, '\x1e', (size_t)(end - p));
        if (!stop) stop = end;
        sm_tokenizer_encode(tok, e, (sm_span){p, (size_t)(stop - p)}, ids);
        if (marks) sm_ids_put(ids, UINT32_MAX);
        p = stop + 1;
    }
    sm_encoder_free(e);
}

static int write_ids(const char *path, const sm_ids *ids, sm_error *err)
{
    char *bytes = sm_malloc(4 * ids->n);
    for (size_t i = 0; i < ids->n; i++)
        sm_put_u32(bytes + 4 * i, ids->p[i]);
    const int rc = sm_file_write(path, (sm_span){bytes, 4 * ids->n}, err);
    sm_free(bytes);
    return rc;
}

static int run(int argc, char **argv, sm_error *err)
{
    sm_map file = {0};
    sm_tokenizer *tok = NULL;
    sm_ids ids = {0};
    const double start = cpu_seconds();
    SM_TRY(sm_tokenizer_load(&tok, argv[1], err));
    const double loaded = cpu_seconds();
    SM_TRY(sm_map_open(&file, argv[2], err));
    uint64_t touched = 0;
    for (size_t i = 0; i < file.bytes.n; i += 4096) /* into memory */
        touched += (unsigned char)file.bytes.p[i];
    const double ready = cpu_seconds();
    encode_all(tok, file.bytes, argc > 3, &ids);
    const double done = cpu_seconds();
    printf("{\"bytes\":%zu,\"load\":%.4f,\"encode\":%.4f,\"ids\":%zu,\"touched\":%u}\n",
           file.bytes.n, loaded - start, done - ready, ids.n, (unsigned)(touched & 1));
    const int rc = argc > 3 ? write_ids(argv[3], &ids, err) : 0;
    sm_ids_free(&ids);
    sm_map_close(&file);
    sm_tokenizer_free(tok);
    return rc;
}

int main(int argc, char **argv)
{
    sm_error err = {0};
    if (argc < 3) return 2;
    if (run(argc, argv, &err) == 0) return 0;
    fprintf(stderr, "bpe_bench: %s\n", err.text);
    return 1;
}
