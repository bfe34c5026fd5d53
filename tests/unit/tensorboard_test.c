/* Event files: the CRC against RFC 3720, the bytes against the format taken apart by hand.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <dirent.h>
#include <seimai/file.h>
#include <seimai/tensorboard.h>
#include <unistd.h>

static void crc32c_gives_the_published_answers(void **state)
{
    (void)state;
    char bytes[32] = {0};
    assert_int_equal(sm_crc32c(0, (sm_span){bytes, 32}), 0x8A9136AA);
    memset(bytes, 0xFF, 32);
    assert_int_equal(sm_crc32c(0, (sm_span){bytes, 32}), 0x62A8AB43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (char)i;
    assert_int_equal(sm_crc32c(0, (sm_span){bytes, 32}), 0x46DD794E);
    assert_int_equal(sm_crc32c(0, SM_SPAN("123456789")), 0xE3069283);
    assert_int_equal(sm_crc32c(sm_crc32c(0, SM_SPAN("12345")), SM_SPAN("6789")), 0xE3069283);
    assert_int_equal(sm_crc32c(0, SM_SPAN("")), 0);
}

/* The slow obvious CRC: bit by bit. */
static uint32_t crc_by_bits(sm_span bytes)
{
    uint32_t crc = ~0U;
    for (size_t i = 0; i < bytes.n; i++) {
        crc ^= (uint8_t)bytes.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
    }
    return ~crc;
}

static uint32_t masked(sm_span bytes)
{
    const uint32_t crc = crc_by_bits(bytes);
    return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

/* The next record of *file, its checks verified. */
static sm_span next_record(sm_span *file)
{
    assert_true(file->n >= 16);
    const uint64_t n = sm_get_u64(file->p);
    assert_int_equal(sm_get_u32(file->p + 8), masked((sm_span){file->p, 8}));
    assert_true(n + 16 <= file->n);
    const sm_span record = {file->p + 12, (size_t)n};
    assert_int_equal(sm_get_u32(record.p + n), masked(record));
    *file = (sm_span){file->p + n + 16, file->n - 16 - (size_t)n};
    return record;
}

static void make_folder(char *path, size_t size)
{
    const char *build = getenv("SEIMAI_BUILD");
    (void)snprintf(path, size, "%s/scratch", build ? build : ".");
    assert_ok(sm_directory_make(path, NULL), NULL);
    (void)snprintf(path, size, "%s/scratch/tb-XXXXXX", build ? build : ".");
    assert_non_null(mkdtemp(path));
}

static void a_file_holds_its_events(void **state)
{
    (void)state;
    char dir[1024], path[1100];
    make_folder(dir, sizeof dir);
    sm_tensorboard *board = NULL;
    sm_error err = {0};
    assert_ok(sm_tensorboard_open(&board, dir, 1000, &err), &err);
    assert_ok(sm_tensorboard_scalar(board, 1.0, 300, "loss", 2.5, &err), &err);
    assert_ok(sm_tensorboard_restart(board, 1.0, 7, &err), &err);
    assert_ok(sm_tensorboard_close(board, &err), &err);

    sm_buffer bytes = sm_buffer_make(1 << 20);
    (void)snprintf(path, sizeof path, "%s/events.out.tfevents.1000.0.seimai", dir);
    assert_ok(sm_file_read(path, &bytes, &err), &err);
    sm_span file = sm_buffer_span(&bytes);
    sm_span record = next_record(&file);
    assert_int_equal(record.n, 9 + 2 + 13);
    assert_span(((sm_span){record.p + 11, 13}), "brain.Event:2");
    static const char scalar[] = "\x09\0\0\0\0\0\0\xF0\x3F" /* wall_time = 1.0 */
                                 "\x10\xAC\x02"             /* step = 300 */
                                 "\x2A\x0D\x0A\x0B"         /* summary { value { */
                                 "\x0A\x04loss\x15\0\0\x20\x40" /* tag, simple_value = 2.5 */;
    record = next_record(&file);
    assert_int_equal(record.n, sizeof scalar - 1);
    assert_memory_equal(record.p, scalar, record.n);
    static const char restart[] = "\x09\0\0\0\0\0\0\xF0\x3F\x10\x07\x3A\x02\x08\x01";
    record = next_record(&file);
    assert_int_equal(record.n, sizeof restart - 1);
    assert_memory_equal(record.p, restart, record.n);
    assert_int_equal(file.n, 0);
    sm_buffer_free(&bytes);
}

static void two_files_of_one_second_have_two_names(void **state)
{
    (void)state;
    char dir[1024], path[1100];
    make_folder(dir, sizeof dir);
    for (int i = 0; i < 2; i++) {
        sm_tensorboard *board = NULL;
        assert_ok(sm_tensorboard_open(&board, dir, 5, NULL), NULL);
        assert_ok(sm_tensorboard_close(board, NULL), NULL);
        (void)snprintf(path, sizeof path, "%s/events.out.tfevents.5.%d.seimai", dir, i);
        assert_true(sm_file_exists(path));
    }
    sm_tensorboard *board = NULL;
    sm_error err = {0};
    (void)snprintf(path, sizeof path, "%s/missing", dir);
    assert_int_equal(sm_tensorboard_open(&board, path, 5, &err), SM_EIO);
    assert_contains(err.text, "missing");
    assert_null(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_gives_the_published_answers),
        cmocka_unit_test(a_file_holds_its_events),
        cmocka_unit_test(two_files_of_one_second_have_two_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
