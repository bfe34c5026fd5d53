/* seimai/frames.h - a compressed file that can be read from any place: zstd's seekable format.
 * SPDX-License-Identifier: MIT
 *
 * A file is cut into pieces of one size, and each becomes a zstd frame of its own (RFC 8878) with its size and its
 * checksum. Behind the last one stands the seek table, in a skippable frame, so that `zstd -d` reads the file as any other:
 *
 *     frame 0 | frame 1 | … | u32 0x184D2A5E, u32 bytes that follow,
 *                             n × {u32 compressed bytes, u32 plain bytes, u32 XXH64 of the plain bytes, low half},
 *                             u32 n, u8 0x80 (there are checksums), u32 0x8F92EAB1
 *
 * (zstd's contrib/seekable_format, version 0.1.1.) The checksum is the one that ends the frame. All integers are
 * little-endian.
 *
 *     writing  sm_frames_put … → sm_frames_seal       reading  sm_frames_open → sm_frame_cache_read … → sm_frames_close
 *
 * Reading goes through a cache of decoded frames, which several files may share: at most `slots` of them are held,
 * whatever the size of the files. Frame number k lies in slot k modulo the slots, so a run of frames does not displace itself.
 *
 * Ownership: an opened file borrows its bytes (an sm_map). Threads: an opened file is read-only; a cache may be used by any
 * number of threads at once. */
#ifndef SEIMAI_FRAMES_H
#define SEIMAI_FRAMES_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- writing ------------------------------------------------------------------------------ */

/* sm_frames_put appends a piece, of at most 2^30 bytes, as a frame to `file`, and its entry to `table`. level: zstd's. */
SM_API void sm_frames_put(sm_span plain, int level, sm_buffer *file, sm_buffer *table);
/* sm_frames_seal appends the seek table to `file`. */
SM_API void sm_frames_seal(const sm_buffer *table, sm_buffer *file);

/* ---- reading ------------------------------------------------------------------------------ */

typedef struct sm_frames {
    const char *name; /* for messages */
    sm_span file;
    uint64_t *starts;   /* (n + 1): where frames begin in the file */
    uint32_t n;         /* frames */
    size_t frame_bytes; /* plain bytes of each but the last */
    uint64_t plain;     /* plain bytes of all */
} sm_frames;

/* sm_frames_open reads the seek table of a file that holds `plain` bytes in pieces of `frame_bytes`. SM_ETRUNC where the
 * table is not there, SM_EFORMAT where it contradicts itself, the file or these sizes. Memory: 8 bytes a frame. */
SM_API int sm_frames_open(sm_frames *frames, const char *name, sm_span file, size_t frame_bytes,
                          uint64_t plain, sm_error *err) SM_MUST_USE;
SM_API void sm_frames_close(sm_frames *frames); /* of zeros is allowed */
/* sm_frames_size gives the plain bytes of frame i. */
SM_API size_t sm_frames_size(const sm_frames *frames, uint32_t i);
/* sm_frames_decode writes frame i to `plain`, sm_frames_size bytes. SM_EHASH for a checksum, SM_EFORMAT for a frame that
 * is damaged, with its number. Makes a decoder; a cache keeps one. */
SM_API int sm_frames_decode(const sm_frames *frames, uint32_t i, char *plain,
                            sm_error *err) SM_MUST_USE;

typedef struct sm_frame_cache sm_frame_cache;

/* sm_frame_cache_new: frames of at most frame_bytes; a slot takes its memory when it is used first. */
SM_API sm_frame_cache *sm_frame_cache_new(size_t slots, size_t frame_bytes) SM_MUST_USE;
SM_API void sm_frame_cache_free(sm_frame_cache *cache); /* NULL is allowed */
/* sm_frame_cache_read copies plain bytes [at, at + n) of a file. `first` is the number of its frame 0 among those of all
 * files that share the cache: no two frames have one number. As sm_frames_decode. */
SM_API int sm_frame_cache_read(sm_frame_cache *cache, const sm_frames *frames, uint64_t first,
                               uint64_t at, char *to, size_t n, sm_error *err) SM_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
