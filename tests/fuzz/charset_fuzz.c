/* Any bytes in any charset: what comes out is UTF-8, faults are counted alike by decoding and weighing, and a
 * choice is always made.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <seimai/charset.h>
#include <seimai/utf8.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool holds)
{
    if (!holds) abort();
}

static void check(sm_charset charset, sm_span bytes)
{
    sm_buffer text = sm_buffer_make(4 * bytes.n + 4);
    sm_charset_evidence evidence;
    uint64_t faults = 0;
    sm_charset_decode(charset, bytes, &text, &faults);
    sm_charset_weigh(charset, bytes, &evidence);
    require(!text.overflow && sm_utf8_check(sm_buffer_span(&text)) == text.n);
    require(evidence.faults == faults && evidence.characters >= faults);
    sm_buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const sm_span bytes = {(const char *)data, n};
    for (sm_charset charset = SM_UTF_8; charset < SM_CHARSETS; charset++)
        check(charset, bytes);
    for (int markup = 0; markup < 2; markup++) {
        const sm_charset_choice choice = sm_charset_choose(bytes, (sm_span){0}, markup);
        require(choice.charset != SM_CHARSET_UNKNOWN && choice.bom <= n);
    }
    return 0;
}
