/* Precisions by name: see seimai/kernel.h.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <seimai/kernel.h>

static const char *const names[] = {[SM_F32] = "f32", [SM_BF16] = "bf16"};

static sm_precision fastest(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512bf16")) return SM_BF16;
#endif
    return SM_F32;
}

const char *sm_precision_name(sm_precision precision)
{
    return names[precision];
}

int sm_precision_find(const char *name, sm_precision *precision, sm_error *err)
{
    if (strcmp(name, "auto") == 0) {
        *precision = fastest();
        return SM_OK;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *precision = (sm_precision)i;
            return SM_OK;
        }
    SM_FAIL(err, SM_EUSAGE, "precision '%s': f32, bf16 or auto", name);
}

void sm_kernels_precision(sm_kernels *kernels, sm_precision precision)
{
    const size_t n = strlen(kernels->set);
    if (precision != SM_F32)
        (void)snprintf(kernels->set + n, sizeof kernels->set - n, "/%s", names[precision]);
}
