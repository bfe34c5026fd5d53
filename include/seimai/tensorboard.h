/* seimai/tensorboard.h - scalars for TensorBoard, without Python.
 * SPDX-License-Identifier: MIT
 *
 * An event file is a TFRecord stream: u64 length, masked CRC-32C of the length, the bytes, masked
 * CRC-32C of the bytes, all little-endian. Each record is a protocol buffer `Event`: wall_time (1, double),
 * step (2, int64), file_version (3, string; the first record says "brain.Event:2") or summary (5), whose
 * values (1) are tag (1) and simple_value (2, float). (tensorflow/core/util/event.proto, record_writer.cc.)
 *
 * A file is written as it grows, since TensorBoard reads runs that are under way; after a crash it ends in
 * a cut record, which TensorBoard ignores.
 * Threads: a writer belongs to one thread at a time. */
#ifndef SEIMAI_TENSORBOARD_H
#define SEIMAI_TENSORBOARD_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sm_tensorboard sm_tensorboard;

/* sm_tensorboard_open makes DIR/events.out.tfevents.SECONDS.NUMBER.seimai, under a name that is not taken;
 * `wall_time` is seconds since 1970. The folder must exist. 0 or SM_EIO. */
SM_API int sm_tensorboard_open(sm_tensorboard **board, const char *dir, double wall_time,
                               sm_error *err) SM_MUST_USE;
/* sm_tensorboard_scalar appends one point of the curve `tag`. 0 or SM_EIO. */
SM_API int sm_tensorboard_scalar(sm_tensorboard *board, double wall_time, int64_t step,
                                 const char *tag, double value, sm_error *err) SM_MUST_USE;
/* sm_tensorboard_restart tells readers that points from `step` on, in older files of the folder, are void:
 * the run was resumed there (SessionLog START). 0 or SM_EIO. */
SM_API int sm_tensorboard_restart(sm_tensorboard *board, double wall_time, int64_t step,
                                  sm_error *err) SM_MUST_USE;
/* sm_tensorboard_close closes and frees in every case; NULL is allowed. 0 or SM_EIO. */
SM_API int sm_tensorboard_close(sm_tensorboard *board, sm_error *err) SM_MUST_USE;

/* sm_crc32c is the CRC of Castagnoli's polynomial, reflected (RFC 3720, B.4); start with crc = 0. */
SM_API uint32_t sm_crc32c(uint32_t crc, sm_span bytes);

#ifdef __cplusplus
}
#endif
#endif
