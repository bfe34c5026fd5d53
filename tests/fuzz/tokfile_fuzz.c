/* Any file as a tokenizer: loading gives an error or a tokenizer, whose two encoders agree on a few texts, the
 * second of which is the file itself.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include <seimai/file.h>
#include <seimai/tokenizer.h>

#include "fuzz.h"

static void check(const sm_tokenizer *tok, sm_encoder *e, sm_span text)
{
    sm_error err = {0};
    sm_ids fast = {0}, slow = {0};
    sm_buffer back = sm_buffer_make(1 << 24);
    sm_tokenizer_encode(tok, e, text, &fast);
    sm_tokenizer_encode_naive(tok, e, text, &slow);
    require(fast.n == slow.n);
    for (size_t i = 0; i < fast.n; i++)
        require(fast.p[i] == slow.p[i]);
    require(sm_tokenizer_decode(tok, fast.p, fast.n, false, &back, &err) == 0);
    if (sm_tokenizer_fidelity(tok) == SM_LOSSLESS)
        require(sm_span_equal(sm_buffer_span(&back), text));
    sm_ids_free(&fast);
    sm_ids_free(&slow);
    sm_buffer_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { MOST = 400 };
    char name[64], path[80];
    sm_error err = {0};
    sm_tokenizer *tok = NULL;
    const sm_span file = {(const char *)data, n};
    (void)snprintf(name, sizeof name, "/tmp/tokfile_fuzz.%ld", (long)getpid());
    (void)snprintf(path, sizeof path, "%s%s", name, n % 2 ? "" : ":gpt2");
    require(sm_file_write(name, file, &err) == 0);
    if (sm_tokenizer_load(&tok, path, &err) == 0) {
        sm_encoder *e = sm_encoder_new();
        check(tok, e, SM_SPAN("ab 漢字 aaa\xFF\xE3▁か\xE3\x82\x99 </s>\n"));
        check(tok, e, (sm_span){file.p, n < MOST ? n : MOST});
        sm_encoder_free(e);
    }
    sm_tokenizer_free(tok);
    (void)remove(name);
    return 0;
}
