/* decode_body.h - the kernels of decode.h, written once. Included by decode_portable.c, decode_avx2.c and
 * decode_avx512.c, which define `lanes` (16 floats) and what is done with them, FN (a function for that
 * instruction set), and the sides of the tiles:
 *   DOT_ROWS, DOT_COLUMNS      of dots; FEW_COLUMNS where there are fewer rows than DOT_ROWS
 *   CHAIN_ROWS, CHAIN_VECTORS  of chains, a vector being 16 columns
 * SPDX-License-Identifier: MIT */

/* C ← alpha·sum + beta·C of one element. */
FN void put(const sm_gemm *g, size_t i, size_t j, float sum)
{
    float *const c = g->C + i * g->ldc + j;
    *c = g->alpha * sum + (g->beta != 0.0F ? g->beta * *c : 0.0F);
}

/* ---- dots: along K ---------------------------------------------------------------------------- */

/* The sums of a tile at (i, j), column by column: `rows` of the first, of the second … */
FN void put_sums(const sm_gemm *g, size_t i, size_t j, int rows, int columns, const lanes *sum)
{
    const size_t n = (size_t)(rows * columns), whole = n / 4 * 4;
    float folded[DOT_ROWS * MOST_COLUMNS];
    for (size_t e = 0; e < whole; e += 4)
        lanes_fold4(sum[e], sum[e + 1], sum[e + 2], sum[e + 3], folded + e);
    for (size_t e = whole; e < n; e++)
        folded[e] = lanes_fold(sum[e]);
    for (size_t e = 0; e < n; e++)
        put(g, i + e % (size_t)rows, j + e / (size_t)rows, folded[e]);
}

/* `rows` × `columns` sums at (i, j); both are constants where it is called, so that the sums are registers. */
FN void dots_tile(const sm_gemm *g, size_t i, size_t j, int rows, int columns)
{
    const float *const A = g->A + i * g->lda, *const B = g->B + j * g->ldb;
    const size_t whole = g->K / LANES * LANES, rest = g->K - whole;
    lanes sum[DOT_ROWS * MOST_COLUMNS], a[DOT_ROWS];
    for (int e = 0; e < rows * columns; e++)
        sum[e] = lanes_zero();
    for (size_t k = 0; k < whole; k += LANES) {
        for (int r = 0; r < rows; r++)
            a[r] = lanes_load(A + (size_t)r * g->lda + k);
        for (int c = 0; c < columns; c++) {
            const lanes b = lanes_load(B + (size_t)c * g->ldb + k);
            for (int r = 0; r < rows; r++)
                sum[c * rows + r] = lanes_fma(a[r], b, sum[c * rows + r]);
        }
    }
    for (int e = 0; e < rows * columns && rest > 0; e++)
        sum[e] =
            lanes_fma(lanes_load_part(A + (size_t)(e % rows) * g->lda + whole, rest),
                      lanes_load_part(B + (size_t)(e / rows) * g->ldb + whole, rest), sum[e]);
    put_sums(g, i, j, rows, columns, sum);
}

/* All rows against `columns` rows of B. */
FN void dots_columns(const sm_gemm *g, size_t j, int columns)
{
    size_t i = 0;
    for (; i + DOT_ROWS <= g->M; i += DOT_ROWS)
        dots_tile(g, i, j, DOT_ROWS, columns);
    if (DOT_ROWS > 2 && i + 2 <= g->M) {
        dots_tile(g, i, j, DOT_ROWS > 2 ? 2 : 1, columns);
        i += 2;
    }
    if (i < g->M) dots_tile(g, i, j, 1, columns);
}

/* M < DOT_ROWS: the constants are capped, so that no tile is larger than its room. */
FN void dots_few(const sm_gemm *g, size_t j, int columns)
{
    if (g->M == 1) dots_tile(g, 0, j, 1, columns);
    if (g->M == 2) dots_tile(g, 0, j, DOT_ROWS > 2 ? 2 : 1, columns);
    if (g->M == 3) dots_tile(g, 0, j, DOT_ROWS > 3 ? 3 : 1, columns);
}

static SM_DECODE_TARGET void dots(const sm_gemm *g)
{
    size_t j = 0;
    if (g->M < DOT_ROWS)
        for (; j + FEW_COLUMNS <= g->N; j += FEW_COLUMNS)
            dots_few(g, j, FEW_COLUMNS);
    else
        for (; j + DOT_COLUMNS <= g->N; j += DOT_COLUMNS)
            dots_columns(g, j, DOT_COLUMNS);
    for (; j < g->N; j++)
        dots_columns(g, j, 1);
}

/* ---- chains: down the rows of B ------------------------------------------------------------------ */

FN void chains_tile(const sm_gemm *g, size_t i, size_t j, int rows, int vectors)
{
    const float *const A = g->A + i * g->lda;
    lanes sum[CHAIN_ROWS][CHAIN_VECTORS];
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = lanes_zero();
    for (size_t k = 0; k < g->K; k++) {
        const float *const B = g->B + k * g->ldb + j;
        lanes b[CHAIN_VECTORS];
        for (int v = 0; v < vectors; v++)
            b[v] = lanes_load(B + LANES * v);
        for (int r = 0; r < rows; r++) {
            const lanes a = lanes_all(A[(size_t)r * g->lda + k]);
            for (int v = 0; v < vectors; v++)
                sum[r][v] = lanes_fma(a, b[v], sum[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            float element[LANES];
            lanes_store(element, sum[r][v]);
            for (size_t l = 0; l < LANES; l++)
                put(g, i + (size_t)r, j + LANES * (size_t)v + l, element[l]);
        }
}

/* The last columns, fewer than a vector. */
FN void chains_rest(const sm_gemm *g, size_t i, size_t j)
{
    float element[LANES];
    lanes sum = lanes_zero();
    for (size_t k = 0; k < g->K; k++)
        sum = lanes_fma(lanes_all(g->A[i * g->lda + k]),
                        lanes_load_part(g->B + k * g->ldb + j, g->N - j), sum);
    lanes_store(element, sum);
    for (size_t l = 0; j + l < g->N; l++)
        put(g, i, j + l, element[l]);
}

FN void chains_columns(const sm_gemm *g, size_t j, int vectors)
{
    size_t i = 0;
    for (; i + CHAIN_ROWS <= g->M; i += CHAIN_ROWS)
        chains_tile(g, i, j, CHAIN_ROWS, vectors);
    for (; i < g->M; i++)
        chains_tile(g, i, j, 1, vectors);
}

static SM_DECODE_TARGET void chains(const sm_gemm *g)
{
    enum { WIDE = LANES * CHAIN_VECTORS };
    size_t j = 0;
    for (; j + WIDE <= g->N; j += WIDE)
        chains_columns(g, j, CHAIN_VECTORS);
    for (; j + LANES <= g->N; j += LANES)
        chains_columns(g, j, 1);
    for (size_t i = 0; j < g->N && i < g->M; i++)
        chains_rest(g, i, j);
}

const sm_decode SM_DECODE_NAME = {.name = SM_DECODE_LABEL, .dots = dots, .chains = chains};
