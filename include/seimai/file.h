/* seimai/file.h - files and streams: compression by content, truncation by name, writes that count.
 * SPDX-License-Identifier: MIT
 *
 * An input is a file or standard input; gzip (RFC 1952, all members), zstd (RFC 8878, all frames) and
 * bzip2 are recognised by their first bytes and undone. An input that ends inside a member, frame or
 * block is SM_ETRUNC, after everything before it was delivered.
 * An output called NAME is written as NAME.part and renamed when it is committed, so that what bears the
 * name is whole. Standard output is written as it comes.
 * Ownership: open gives a handle; close, commit or abort takes it back.
 * Threads: a handle belongs to one thread at a time; sm_output_compress is pure. */
#ifndef SEIMAI_FILE_H
#define SEIMAI_FILE_H

#include <seimai/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- reading ---------------------------------------------------------------------------- */

typedef struct sm_input sm_input;

/* sm_input_open opens a path; "-" is standard input. SM_ENOENT, SM_EIO; SM_ENOSUP for a format that is
 * known but not read (xz, lz4, zip), by its content. */
SM_API int sm_input_open(sm_input **in, const char *path, sm_error *err) SM_MUST_USE;
/* sm_input_open_book is the same for readers that know what to do with a ZIP: it passes as it is. */
SM_API int sm_input_open_book(sm_input **in, const char *path, sm_error *err) SM_MUST_USE;
/* sm_input_read gives up to n bytes of the plain content. 1 data (*got > 0), 0 clean end; SM_ETRUNC,
 * SM_EFORMAT, SM_EHASH (a checksum: all data came, and are wrong) or SM_EIO with "FILE: … at compressed offset N",
 * after all that came before. A failure stays a failure. */
SM_API int sm_input_read(sm_input *in, char *p, size_t n, size_t *got,
                         sm_error *err) SM_MUST_USE;
/* sm_input_resume, after SM_EFORMAT or SM_EHASH, goes on at the next gzip member, zstd frame or bzip2 stream
 * behind the beginning of the broken one. False where there is none: the failure stays. */
SM_API bool sm_input_resume(sm_input *in) SM_MUST_USE;
SM_API void sm_input_close(sm_input *in);
SM_API const char *
sm_input_name(const sm_input *in); /* the path; "(stdin)" for standard input */
/* Progress: bytes of the file consumed so far, and its size; -1 where there is none (a pipe). */
SM_API int64_t sm_input_consumed(const sm_input *in);
SM_API int64_t sm_input_size(const sm_input *in);

/* sm_file_read appends a whole (plain or compressed) file to `into`; SM_ELIMIT past its maximum. */
SM_API int sm_file_read(const char *path, sm_buffer *into, sm_error *err) SM_MUST_USE;

/* sm_inflate appends what a gzip, zlib or raw deflate stream in memory (an HTTP body) holds; the kind is
 * seen by its content. SM_ETRUNC, SM_EFORMAT, or SM_ELIMIT past into->max. */
SM_API int sm_inflate(sm_span deflated, sm_buffer *into, sm_error *err) SM_MUST_USE;

/* Codings of a body (RFC 9110, 8.4): the first is sm_inflate, the others RFC 7932 and RFC 8878. */
typedef enum sm_coding { SM_CODING_DEFLATE, SM_CODING_BROTLI, SM_CODING_ZSTD } sm_coding;
/* sm_decode appends what a coded body in memory holds, what came before a fault included. As sm_inflate; and
 * SM_ENOSUP for brotli where it was built without. */
SM_API int sm_decode(sm_coding coding, sm_span coded, sm_buffer *into,
                     sm_error *err) SM_MUST_USE;

/* sm_map: a read-only view of a plain file, for random access. n may be 0. */
typedef struct sm_map {
    sm_span bytes;
} sm_map;
SM_API int sm_map_open(sm_map *map, const char *path, sm_error *err) SM_MUST_USE;
SM_API void sm_map_close(sm_map *map);

/* ---- temporary files ---------------------------------------------------------------------- */

/* sm_temporary_folder is where a tool puts them: what --tmp says, else the folder of the output, else the
 * present one. */
SM_API const char *sm_temporary_folder(const char *option, const char *output, sm_arena *arena);
/* sm_temporary_open makes a file without a name, for reading and writing: it is gone when the process ends, however it
 * ends. The caller closes *fd. SM_EIO with the folder's name, here and below. */
SM_API int sm_temporary_open(const char *folder, int *fd, sm_error *err) SM_MUST_USE;
/* sm_temporary_write appends all of the bytes. */
SM_API int sm_temporary_write(int fd, const char *folder, sm_span bytes,
                              sm_error *err) SM_MUST_USE;
/* sm_temporary_read reads n bytes from offset `at` on, all of which must be there. */
SM_API int sm_temporary_read(int fd, const char *folder, char *p, size_t n, int64_t at,
                             sm_error *err) SM_MUST_USE;

/* sm_stdin_keep lets a tool read standard input twice: what comes from a pipe is copied to a temporary file, which
 * takes its place. sm_stdin_rewind goes back to its beginning before the second time. */
SM_API int sm_stdin_keep(const char *folder, sm_error *err) SM_MUST_USE;
SM_API int sm_stdin_rewind(sm_error *err) SM_MUST_USE;

/* ---- writing ---------------------------------------------------------------------------- */

typedef struct sm_output sm_output;

/* sm_output_open: path NULL or "-" is standard output. The ending .gz or .zst chooses what
 * sm_output_compress does. Writes NAME.part; an existing NAME stays until the commit. */
SM_API int sm_output_open(sm_output **out, const char *path, sm_error *err) SM_MUST_USE;
SM_API bool sm_output_is_compressed(const sm_output *out);
/* sm_output_compress appends `plain` as one gzip member or zstd frame of its own (or as it is). */
SM_API void sm_output_compress(const sm_output *out, sm_span plain, sm_buffer *into);
/* sm_output_write writes bytes as they are to lie on disk. SM_EIO with the file's name, SM_EPIPE. */
SM_API int sm_output_write(sm_output *out, sm_span stored, sm_error *err) SM_MUST_USE;
/* sm_output_commit flushes, syncs, closes and renames; frees the handle in every case. */
SM_API int sm_output_commit(sm_output *out, sm_error *err) SM_MUST_USE;
/* sm_output_abort closes and leaves NAME.part behind (NULL is allowed). */
SM_API void sm_output_abort(sm_output *out);

/* sm_side is an output of lines beside the documents: an audit. sm_side_open gives NULL for a path of NULL, and
 * the others do nothing with that. A line is appended to the buffer that sm_side_line gives (NULL: no line is
 * wanted), then ended with sm_side_end. sm_side_close commits the file, or aborts it where the status that it
 * is given is a failure; it returns that status, or its own failure. */
typedef struct sm_side sm_side;
SM_API int sm_side_open(sm_side **side, const char *path, sm_error *err) SM_MUST_USE;
SM_API sm_buffer *sm_side_line(sm_side *side);
SM_API int sm_side_end(sm_side *side, sm_error *err) SM_MUST_USE;
/* sm_side_put appends lines that are there already, each with its LF. */
SM_API int sm_side_put(sm_side *side, sm_span lines, sm_error *err) SM_MUST_USE;
SM_API int sm_side_close(sm_side *side, int status, sm_error *err) SM_MUST_USE;

/* sm_file_write writes a whole small file: NAME.part, sync, rename; path NULL: to standard output. */
SM_API int sm_file_write(const char *path, sm_span content, sm_error *err) SM_MUST_USE;
/* sm_directory_make makes a folder and its parents; one that exists is fine. */
SM_API int sm_directory_make(const char *path, sm_error *err) SM_MUST_USE;
SM_API bool sm_file_exists(const char *path);
/* sm_path_shown is a path as ids and messages have it: "-" is "(stdin)", and bytes that are no UTF-8 are written
 * as %E3. The path itself, or in the arena. */
SM_API const char *sm_path_shown(const char *path, sm_arena *arena);
/* sm_file_base is the name of a path without its folders: a part of the path. */
SM_API const char *sm_file_base(const char *path);

#ifdef __cplusplus
}
#endif
#endif
