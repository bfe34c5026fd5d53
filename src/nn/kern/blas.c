/* OpenBLAS at start: its name, its threads, one product against plain loops: see seimai/kernel.h.
 * SPDX-License-Identifier: MIT */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include <seimai/kernel.h>

#include "kern/blas.h"
#include "kern/gemm_kernel.h"
#include "kern/vec.h"

enum { OPENMP_FLAVOUR = 2, PROBE_M = 67, PROBE_N = 45, PROBE_K = 129, RUNS = 3 };

/* The cores of OpenBLAS that use AVX-512, and AVX2: what the CPU should have got. */
static const char *const avx512_cores[] = {"SkylakeX", "Cooperlake", "Sapphirerapids", NULL};
static const char *const below_avx2_cores[] = {
    "Prescott",  "Core2",  "Penryn",    "Dunnington", "Nehalem",     "Sandybridge", "Atom",
    "Barcelona", "Bobcat", "Bulldozer", "Piledriver", "Steamroller", "Opteron",     NULL};

static bool is_one_of(const char *name, const char *const list[])
{
    for (size_t i = 0; list[i]; i++)
        if (strcmp(name, list[i]) == 0) return true;
    return false;
}

static bool core_is_slow(const char *isa, const char *core)
{
    if (strcmp(isa, "avx512") == 0) return !is_one_of(core, avx512_cores);
    return strcmp(isa, "avx2") == 0 && is_one_of(core, below_avx2_cores);
}

/* The second word of "OpenBLAS 0.3.21 DYNAMIC_ARCH …". */
static void read_version(char *version, size_t n)
{
    const char *config = openblas_get_config();
    const char *word = strchr(config, ' ');
    if (!word) word = " unknown";
    (void)snprintf(version, n, "%.*s", (int)strcspn(word + 1, " "), word + 1);
}

static float probe_value(size_t i)
{
    return (float)((i * 7919) % 1009) / 504.0F - 1.0F;
}

/* The largest difference between OpenBLAS's A·Bᵀ and plain loops in double, over what rounding allows. */
static double probe(void)
{
    float A[PROBE_M * PROBE_K], B[PROBE_N * PROBE_K], C[PROBE_M * PROBE_N];
    for (size_t i = 0; i < (size_t)PROBE_M * PROBE_K; i++)
        A[i] = probe_value(i);
    for (size_t i = 0; i < (size_t)PROBE_N * PROBE_K; i++)
        B[i] = probe_value(3 * i + 1);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, PROBE_M, PROBE_N, PROBE_K, 1.0F, A,
                PROBE_K, B, PROBE_K, 0.0F, C, PROBE_N);
    double worst = 0.0;
    for (size_t i = 0; i < PROBE_M; i++) {
        for (size_t j = 0; j < PROBE_N; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < PROBE_K; k++)
                sum += (double)A[i * PROBE_K + k] * (double)B[j * PROBE_K + k];
            const double off = fabs(sum - (double)C[i * PROBE_N + j]);
            worst = off > worst || isnan(off) ? off : worst;
        }
    }
    return worst / (PROBE_K * 0x1p-23);
}

/* Our own products have the same bits with AVX2 and with AVX-512. The number changes when they do, or the chunks of the head,
 * over which its gradient is summed. */
#define PACKED "packed-2"

void sm_blas_single_thread(void)
{
    openblas_set_num_threads(1);
}

int sm_kernels_open(sm_kernels *kernels, sm_error *err)
{
    *kernels = (sm_kernels){.isa = sm_vec_choose()->name};
    if (openblas_get_parallel() != OPENMP_FLAVOUR)
        SM_FAIL(err, SM_ENOSUP, "OpenBLAS: not built with OpenMP: install libopenblas0-openmp");
    sm_blas_single_thread();
    (void)snprintf(kernels->core, sizeof kernels->core, "%s", openblas_get_corename());
    read_version(kernels->version, sizeof kernels->version);
    const bool uses_blas = !sm_gemm_kernel_choose(SM_F32);
    if (uses_blas)
        (void)snprintf(kernels->set, sizeof kernels->set, "%s/openblas-%s-%s", kernels->isa,
                       kernels->version, kernels->core);
    else
        (void)snprintf(kernels->set, sizeof kernels->set, PACKED);
    if (uses_blas && core_is_slow(kernels->isa, kernels->core))
        (void)snprintf(kernels->warning, sizeof kernels->warning,
                       "OpenBLAS chose its kernels for %s, although this machine has %s "
                       "(is OPENBLAS_CORETYPE set?)",
                       kernels->core, kernels->isa);
    const double error = probe();
    if (!(error < 1.0))
        SM_FAIL(err, SM_ENUMERIC, "OpenBLAS %s: a product is wrong by %.3g times its rounding",
                kernels->core, error);
    return SM_OK;
}

static double seconds_of_product(float *A, float *C, size_t n)
{
    const int side = (int)n;
    const double start = omp_get_wtime();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, side, side, side, 1.0F, A, side, A,
                side, 0.0F, C, side);
    return omp_get_wtime() - start;
}

double sm_kernels_peak(unsigned threads, uint32_t n)
{
    const size_t size = (size_t)n * n;
    float *const A = sm_malloc(size * sizeof *A), *const C = sm_malloc(size * sizeof *C);
    for (size_t i = 0; i < size; i++)
        A[i] = C[i] = probe_value(i);
    const int before = openblas_get_num_threads();
    openblas_set_num_threads((int)threads);
    (void)seconds_of_product(A, C, n < 1024 ? n : 1024); /* wakes the threads */
    double run[RUNS];
    for (int r = 0; r < RUNS; r++)
        run[r] = seconds_of_product(A, C, n);
    openblas_set_num_threads(before);
    sm_free(A);
    sm_free(C);
    const double low = fmin(run[0], run[1]), high = fmax(run[0], run[1]);
    const double median = fmax(low, fmin(high, run[2]));
    return 2.0 * (double)n * (double)n * (double)n / median / 1e9;
}
