/* How fast gzip members are inflated, by each library that was built in, side by side: CPU time of one thread, the best
 * of the rounds, output in pieces as sm_input asks for it. Usage: inflate FILE.gz [ROUNDS]
 * SPDX-License-Identifier: MIT */
#include <inflater.h>
#include <seimai/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PIECE = 256 << 10 };

typedef struct measure {
    double seconds;
    uint64_t members, bytes;
} measure;

static measure inflate_all(const inflater_type *type, sm_span stored, char *piece)
{
    void *inflater = type->open();
    const clock_t start = clock();
    measure m = {0};
    const char *why = NULL;
    int rc = 1;
    while (rc >= 0 && stored.n) {
        size_t got = 0;
        rc = type->step(inflater, &stored, piece, PIECE, &got, &why);
        m.bytes += got;
        if (rc != 0) continue;
        m.members++;
        type->begin(inflater, INFLATE_GZIP);
    }
    m.seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    type->close(inflater);
    if (rc < 0) (void)fprintf(stderr, "%s: %s\n", type->name, why);
    return m;
}

int main(int argc, char **argv)
{
    const inflater_type *types[] = {&inflater_zlib, inflater_best()};
    const size_t n_types = types[0] == types[1] ? 1 : 2;
    measure best[2] = {{1e9, 0, 0}, {1e9, 0, 0}};
    sm_map map;
    sm_error err = {0};
    char *piece = sm_malloc(PIECE);
    const long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    if (argc < 2 || sm_map_open(&map, argv[1], &err) < 0) {
        (void)fprintf(stderr, "usage: inflate FILE.gz [ROUNDS]\n%s\n", err.text);
        return 2;
    }
    for (long i = 0; i < rounds; i++)
        for (size_t k = 0; k < n_types; k++) {
            const measure m = inflate_all(types[k], map.bytes, piece);
            if (m.seconds < best[k].seconds) best[k] = m;
        }
    for (size_t k = 0; k < n_types; k++)
        (void)printf("%-6s %llu members %llu bytes %.3f s %.0f MB/s\n", types[k]->name,
                     (unsigned long long)best[k].members, (unsigned long long)best[k].bytes,
                     best[k].seconds, (double)best[k].bytes / best[k].seconds / 1e6);
    sm_map_close(&map);
    sm_free(piece);
    return 0;
}
