/* TensorBoard event files: see seimai/tensorboard.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/tensorboard.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { EVENT_MAX = 1 << 16, TRIES = 1000 };

struct sm_tensorboard {
    int fd;
    sm_buffer path, event, part; /* event: the protocol buffer; part: a message inside it */
};

/* ---- protocol buffers: a key is (field << 3 | wire type) ------------------------------------ */

static void put_varint(sm_buffer *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        sm_buffer_putc(b, (char)(v | 0x80));
    sm_buffer_putc(b, (char)v);
}

static void put_integer(sm_buffer *b, unsigned field, uint64_t v)
{
    put_varint(b, field << 3);
    put_varint(b, v);
}

static void put_bytes(sm_buffer *b, unsigned field, sm_span bytes)
{
    put_varint(b, field << 3 | 2);
    put_varint(b, bytes.n);
    sm_buffer_put(b, bytes);
}

static void put_double(sm_buffer *b, unsigned field, double v)
{
    uint64_t bits;
    char bytes[8];
    memcpy(&bits, &v, sizeof bits);
    sm_put_u64(bytes, bits);
    put_varint(b, field << 3 | 1);
    sm_buffer_put(b, (sm_span){bytes, sizeof bytes});
}

static void put_float(sm_buffer *b, unsigned field, float v)
{
    uint32_t bits;
    char bytes[4];
    memcpy(&bits, &v, sizeof bits);
    sm_put_u32(bytes, bits);
    put_varint(b, field << 3 | 5);
    sm_buffer_put(b, (sm_span){bytes, sizeof bytes});
}

/* ---- records ------------------------------------------------------------------------------- */

/* The mask keeps a CRC of bytes that hold CRCs from being weak. */
static uint32_t masked_crc(sm_span bytes)
{
    const uint32_t crc = sm_crc32c(0, bytes);
    return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

static int write_whole(const sm_tensorboard *board, sm_span s, sm_error *err)
{
    while (s.n) {
        const ssize_t written = write(board->fd, s.p, s.n);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) SM_FAIL(err, SM_EIO, "%s: write: %s", board->path.p, strerror(errno));
        s.p += written;
        s.n -= (size_t)written;
    }
    return SM_OK;
}

static int write_event(sm_tensorboard *board, sm_error *err)
{
    char head[12], tail[4];
    const sm_span event = sm_buffer_span(&board->event);
    sm_put_u64(head, event.n);
    sm_put_u32(head + 8, masked_crc((sm_span){head, 8}));
    sm_put_u32(tail, masked_crc(event));
    sm_buffer_clear(&board->part);
    sm_buffer_put(&board->part, (sm_span){head, sizeof head});
    sm_buffer_put(&board->part, event);
    sm_buffer_put(&board->part, (sm_span){tail, sizeof tail});
    if (board->event.overflow || board->part.overflow)
        SM_FAIL(err, SM_ELIMIT, "%s: an event of more than %d bytes", board->path.p, EVENT_MAX);
    return write_whole(board, sm_buffer_span(&board->part), err); /* one write: whole or cut */
}

static void begin_event(sm_tensorboard *board, double wall_time, int64_t step)
{
    sm_buffer_clear(&board->event);
    put_double(&board->event, 1, wall_time);
    if (step) put_integer(&board->event, 2, (uint64_t)step);
}

/* ---- public --------------------------------------------------------------------------------- */

static int make_file(sm_tensorboard *board, const char *dir, double wall_time, sm_error *err)
{
    for (int try = 0; try < TRIES; try++) {
        sm_buffer_clear(&board->path);
        sm_buffer_printf(&board->path, "%s/events.out.tfevents.%.0f.%d.seimai", dir, wall_time,
                         try);
        board->fd = open(board->path.p, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0666);
        if (board->fd >= 0) return SM_OK;
        if (errno != EEXIST) break;
    }
    SM_FAIL(err, SM_EIO, "%s: %s", board->path.p, strerror(errno));
}

int sm_tensorboard_open(sm_tensorboard **board, const char *dir, double wall_time,
                        sm_error *err)
{
    sm_tensorboard *b = sm_calloc(1, sizeof *b);
    *b = (sm_tensorboard){.fd = -1,
                          .path = sm_buffer_make(1 << 16),
                          .event = sm_buffer_make(EVENT_MAX),
                          .part = sm_buffer_make(EVENT_MAX)};
    *board = b;
    int status = make_file(b, dir, wall_time, err);
    begin_event(b, wall_time, 0);
    put_bytes(&b->event, 3, SM_SPAN("brain.Event:2"));
    if (status == SM_OK) status = write_event(b, err);
    if (status == SM_OK) return SM_OK;
    *board = NULL;
    if (sm_tensorboard_close(b, NULL) < 0) return status; /* the first failure is the cause */
    return status;
}

int sm_tensorboard_scalar(sm_tensorboard *board, double wall_time, int64_t step,
                          const char *tag, double value, sm_error *err)
{
    sm_buffer point = sm_buffer_make(EVENT_MAX);
    put_bytes(&point, 1, sm_span_of(tag));
    put_float(&point, 2, (float)value);
    sm_buffer_clear(&board->part);
    put_bytes(&board->part, 1, sm_buffer_span(&point));
    begin_event(board, wall_time, step);
    put_bytes(&board->event, 5, sm_buffer_span(&board->part));
    sm_buffer_free(&point);
    return write_event(board, err);
}

int sm_tensorboard_restart(sm_tensorboard *board, double wall_time, int64_t step, sm_error *err)
{
    enum { SESSION_LOG = 7, STATUS = 1, START = 1 };
    sm_buffer_clear(&board->part);
    put_integer(&board->part, STATUS, START);
    begin_event(board, wall_time, step);
    put_bytes(&board->event, SESSION_LOG, sm_buffer_span(&board->part));
    return write_event(board, err);
}

int sm_tensorboard_close(sm_tensorboard *board, sm_error *err)
{
    if (!board) return SM_OK;
    int status = SM_OK;
    if (board->fd >= 0 && close(board->fd) < 0)
        status = sm_error_set(err, SM_EIO, "%s: close: %s", board->path.p, strerror(errno));
    sm_buffer_free(&board->path);
    sm_buffer_free(&board->event);
    sm_buffer_free(&board->part);
    sm_free(board);
    return status;
}
