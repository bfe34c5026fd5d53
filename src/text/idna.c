/* Hosts in ASCII, by ICU. See seimai/idna.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/idna.h>

#include <unicode/uidna.h>

size_t sm_idna_ascii(sm_span host, char *ascii, size_t size)
{
    enum { HOST_MAX = 4096 /* bytes of UTF-8: no host of 253 ASCII bytes needs more */ };
    UErrorCode status = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    if (host.n == 0 || host.n > HOST_MAX || size < 2) return 0;
    UIDNA *const idna =
        uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                            UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
                        &status);
    const int32_t n = uidna_nameToASCII_UTF8(idna, host.p, (int32_t)host.n, ascii,
                                             (int32_t)size - 1, &info, &status);
    uidna_close(idna);
    /* Browsers are lenient on what ICU calls hyphens in the third and fourth place. */
    const uint32_t harmless =
        UIDNA_ERROR_HYPHEN_3_4 | UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN;
    if (U_FAILURE(status) || (info.errors & ~harmless) || n <= 0 || (size_t)n >= size) return 0;
    ascii[n] = '\0';
    return (size_t)n;
}
