/* Any bytes in any charset: they decode as the slow decoders do it, faults are counted alike by decoding and
 * weighing, text that is UTF-8 is given as it stands, and a choice is always made.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "charset_slow.h"
#include "fuzz.h"

static void check(sm_charset charset, sm_span bytes)
{
    sm_buffer text = sm_buffer_make(4 * bytes.n + 4), slow = sm_buffer_make(SIZE_MAX / 2);
    sm_charset_evidence evidence;
    uint64_t faults = 0;
    sm_charset_decode(charset, bytes, &text, &faults);
    sm_charset_weigh(charset, bytes, &evidence);
    require(!text.overflow && sm_utf8_check(sm_buffer_span(&text)) == text.n);
    require(evidence.faults == faults && evidence.characters >= faults);
    require(charset_slow(charset, bytes, &slow) == faults);
    require(sm_span_equal(sm_buffer_span(&text), sm_buffer_span(&slow)));
    sm_buffer_clear(&slow);
    require(sm_span_equal(sm_charset_text(charset, bytes, &slow, NULL), sm_buffer_span(&text)));
    sm_buffer_free(&text);
    sm_buffer_free(&slow);
}

static void check_choice(sm_span bytes)
{
    for (int markup = 0; markup < 2; markup++) {
        const sm_charset_choice choice = sm_charset_choose(bytes, (sm_span){0}, markup);
        require(choice.charset != SM_CHARSET_UNKNOWN && choice.bom <= bytes.n);
    }
    const sm_span label = {bytes.p, bytes.n < 16 ? bytes.n : 16};
    const sm_charset_choice choice = sm_charset_choose(bytes, label, false);
    require(choice.charset != SM_CHARSET_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    /* At their exact size, so that a step past the end is seen. */
    char *copy = malloc(n + !n);
    if (n) memcpy(copy, data, n);
    const sm_span bytes = {copy, n};
    for (sm_charset charset = SM_UTF_8; charset < SM_ISO_8859_2; charset++)
        check(charset, bytes);
    check(SM_WINDOWS_1253, bytes);
    check_choice(bytes);
    free(copy);
    return 0;
}
