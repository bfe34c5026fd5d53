/* The reader of blocks: cut by the input alone, whatever way its bytes come; bounded in bytes and lines.
 * SPDX-License-Identifier: MIT */
#include "block.h"
#include "test.h"

#include <seimai/random.h>
#include <unistd.h>

enum { MAX_DOCUMENT = 100000 };

static const char *path;

static int make_file(void **state)
{
    static char name[] = "/tmp/seimai-block-XXXXXX";
    (void)state;
    path = name;
    return close(mkstemp(name));
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const sm_buffer *content)
{
    sm_error err = {0};
    assert_ok(sm_file_write(path, sm_buffer_span(content), &err), &err);
}

static void put_line(sm_buffer *b, size_t n)
{
    char *line = sm_buffer_reserve(b, n + 1);
    for (size_t i = 0; i < n; i++)
        line[i] = "0123456789"[i % 10];
    line[n] = '\n';
    b->n += n + 1;
}

static size_t count_lf(sm_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

/* What one reading of the file gave. */
typedef struct reading {
    size_t ends[4000]; /* of each block, in the file */
    size_t n, pieces, lines, most_lines;
} reading;

static void check_block(const block *b, const sm_buffer *want, reading *all)
{
    const size_t from = all->n ? all->ends[all->n - 1] : 0;
    assert_int_equal(b->offset, from);
    assert_true(from + b->in.n <= want->n);
    if (b->in.n) assert_memory_equal(b->in.p, want->p + from, b->in.n);
    assert_int_equal(b->line, 1 + all->lines);
    if (b->piece) {
        assert_true(b->piece_last || b->in.n == PIECE_BYTES);
        assert_int_equal(b->piece_first, b->piece_offset == b->offset);
        assert_true(b->piece_offset == 0 || want->p[b->piece_offset - 1] == '\n');
        all->pieces++;
    }
    const size_t lines = count_lf(sm_buffer_span(&b->in));
    if (lines > all->most_lines) all->most_lines = lines;
    all->lines += lines;
    all->ends[all->n++] = from + b->in.n;
}

static reading read_all(const char *file, const sm_buffer *want, int64_t max_document)
{
    const char *files[] = {file};
    const sm_io io = {.files = {files, 1, 0}, .max_document = max_document};
    reading all = {0};
    doc_reader r;
    block b;
    doc_reader_init(&r, &io);
    block_init(&b, (size_t)max_document);
    while (block_clear(&b), doc_reader_next(&r, &b)) {
        assert_int_equal(b.fault.code, 0);
        assert_int_equal(b.first_of_file, all.n == 0);
        check_block(&b, want, &all);
        if (b.last_of_file) break;
    }
    assert_int_equal(doc_reader_next(&r, &b), 0);
    assert_int_equal(all.ends[all.n - 1], want->n);
    block_free(&b);
    doc_reader_free(&r);
    return all;
}

static void short_lines_end_a_block_early(void **state)
{
    (void)state;
    sm_buffer in = sm_buffer_make(16 << 20);
    for (int i = 0; i < 3 * BLOCK_LINES + 5; i++)
        put_line(&in, 1);
    write_file(&in);
    const reading all = read_all(path, &in, MAX_DOCUMENT);
    assert_int_equal(all.n, 4);
    assert_int_equal(all.most_lines, BLOCK_LINES);
    assert_int_equal(all.ends[0], 2 * BLOCK_LINES);
    sm_buffer_free(&in);
}

/* Lines of every size around the bounds, with and without an LF at the end. */
static void blocks_make_up_the_input(void **state)
{
    (void)state;
    static const size_t sizes[] = {0,
                                   1,
                                   MAX_DOCUMENT,
                                   MAX_DOCUMENT + 1,
                                   (64 << 10) - 1,
                                   PIECE_BYTES - 1,
                                   PIECE_BYTES,
                                   PIECE_BYTES + 1,
                                   2 * PIECE_BYTES,
                                   BLOCK_BYTES - 2,
                                   BLOCK_BYTES - 1,
                                   BLOCK_BYTES,
                                   3 * BLOCK_BYTES + 7};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    sm_buffer in = sm_buffer_make(64 << 20);
    for (uint64_t round = 0; round < 10; round++) {
        sm_buffer_clear(&in);
        const size_t lines = 1 + sm_random_below(7, round, 0, 9);
        for (size_t i = 0; i < lines; i++)
            put_line(&in, sizes[sm_random_below(7, round, i + 1, SIZES)]);
        if (round % 2) in.n--;
        write_file(&in);
        (void)read_all(path, &in, MAX_DOCUMENT);
        (void)read_all(path, &in, 1);
        (void)read_all(path, &in, 64 << 20);
    }
    sm_buffer_free(&in);
}

/* A line that is just too long for a large bound: its pieces cost what their bytes cost. */
static void pieces_do_not_hold_the_whole_line(void **state)
{
    (void)state;
    sm_buffer in = sm_buffer_make(64 << 20);
    put_line(&in, 3);
    put_line(&in, 24 << 20);
    put_line(&in, 3);
    write_file(&in);
    const char *files[] = {path};
    const sm_io io = {.files = {files, 1, 0}, .max_document = 20 << 20};
    doc_reader r;
    block b;
    size_t largest = 0, pieces = 0;
    doc_reader_init(&r, &io);
    block_init(&b, 20 << 20);
    while (block_clear(&b), doc_reader_next(&r, &b)) {
        if (b.piece && b.in.cap > largest) largest = b.in.cap;
        pieces += b.piece;
    }
    assert_int_equal(pieces, (24 << 20) / PIECE_BYTES + 1);
    assert_true(largest <= 2 * BLOCK_BYTES);
    assert_true(r.carry.cap <= 8 * BLOCK_BYTES);
    block_free(&b);
    doc_reader_free(&r);
    sm_buffer_free(&in);
}

/* A pipe that gives odd handfuls, and the file itself: the same blocks. */
static void a_pipe_is_cut_as_the_file_is(void **state)
{
    (void)state;
    sm_buffer in = sm_buffer_make(64 << 20);
    for (uint64_t i = 0; in.n < 5 << 20; i++)
        put_line(&in, sm_random_below(3, i, 0, 60) ? sm_random_below(3, i, 1, 300) : 180000);
    write_file(&in);
    const reading whole = read_all(path, &in, MAX_DOCUMENT);
    char command[400], fifo[100];
    (void)snprintf(fifo, sizeof fifo, "%s.fifo", path);
    (void)snprintf(command, sizeof command, "mkfifo %s && (dd if=%s of=%s bs=4099 2>&- &)",
                   fifo, path, fifo);
    assert_int_equal(system(command), 0);
    const reading piped = read_all(fifo, &in, MAX_DOCUMENT);
    (void)unlink(fifo);
    assert_int_equal(piped.n, whole.n);
    assert_int_equal(piped.pieces, whole.pieces);
    assert_memory_equal(piped.ends, whole.ends, whole.n * sizeof *whole.ends);
    sm_buffer_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_lines_end_a_block_early),
        cmocka_unit_test(blocks_make_up_the_input),
        cmocka_unit_test(pieces_do_not_hold_the_whole_line),
        cmocka_unit_test(a_pipe_is_cut_as_the_file_is),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
