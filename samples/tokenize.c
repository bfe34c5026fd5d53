/* Text to tokens and back with a tokenizer directory, as a client of the library.
 *
 *     cc tokenize.c $(pkg-config --cflags --libs seimai) -o tokenize
 *     ./tokenize ja32k/ 'こだわりの手作りの豆腐です。'
 *
 * SPDX-License-Identifier: MIT */
#include <seimai/tokenizer.h>

#include <stdio.h>

static void print_tokens(const sm_tokenizer *tok, const sm_ids *ids)
{
    for (size_t i = 0; i < ids->n; i++) {
        const sm_span bytes = sm_tokenizer_bytes(tok, ids->p[i]);
        printf("%s%.*s", i ? "|" : "", (int)bytes.n, bytes.p);
    }
    putchar('\n');
    for (size_t i = 0; i < ids->n; i++)
        printf("%s%u", i ? " " : "", (unsigned)ids->p[i]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    sm_tokenizer *tok = NULL;
    sm_ids ids = {0};
    sm_error err = {0};
    if (argc != 3) {
        fputs("usage: tokenize DIRECTORY TEXT\n", stderr);
        return 2;
    }
    if (sm_tokenizer_load(&tok, argv[1], &err) < 0) {
        fprintf(stderr, "tokenize: %s\n", err.text);
        return 1;
    }
    sm_encoder *encoder = sm_encoder_new();
    sm_tokenizer_encode(tok, encoder, sm_span_of(argv[2]), &ids);
    print_tokens(tok, &ids);
    sm_ids_free(&ids);
    sm_encoder_free(encoder);
    sm_tokenizer_free(tok);
    return 0;
}
