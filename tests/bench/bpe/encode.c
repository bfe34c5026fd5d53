/* bpe_bench TOKENIZER FILE: text in memory to ids in memory, one thread, one pass, nothing warm.
 * FILE holds texts separated by the byte 1E. Prints the bytes, the seconds of loading and of encoding (CPU time)
 * and the number of ids. SPDX-License-Identifier: MIT */
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

static void encode_all(const sm_tokenizer *tok, sm_span texts, sm_ids *ids)
{
    sm_encoder *e = sm_encoder_new();
    for (const char *p = texts.p, *end = texts.p + texts.n; p < end;) {
        const char *stop = memchr(p, '\x1e', (size_t)(end - p));
        if (!stop) stop = end;
        sm_tokenizer_encode(tok, e, (sm_span){p, (size_t)(stop - p)}, ids);
        p = stop + 1;
    }
    sm_encoder_free(e);
}

int main(int argc, char **argv)
{
    sm_error err = {0};
    sm_map file = {0};
    sm_tokenizer *tok = NULL;
    sm_ids ids = {0};
    if (argc != 3) return 2;
    const double start = cpu_seconds();
    if (sm_tokenizer_load(&tok, argv[1], &err) < 0 || sm_map_open(&file, argv[2], &err) < 0) {
        fprintf(stderr, "bpe_bench: %s\n", err.text);
        return 1;
    }
    const double loaded = cpu_seconds();
    encode_all(tok, file.bytes, &ids);
    printf("{\"bytes\":%zu,\"load\":%.4f,\"encode\":%.4f,\"ids\":%zu}\n", file.bytes.n,
           loaded - start, cpu_seconds() - loaded, ids.n);
    sm_ids_free(&ids);
    sm_map_close(&file);
    sm_tokenizer_free(tok);
    return 0;
}
