/* A window on an input: bytes that can be looked at before they are taken.
 * SPDX-License-Identifier: MIT
 *
 * What was looked at stays until it is taken, so that looking far ahead and taking little costs no second reading:
 * moving the bytes is paid for by the bytes taken. */
#ifndef SEIMAI_SOURCE_WINDOW_H
#define SEIMAI_SOURCE_WINDOW_H

#include <seimai/file.h>

typedef struct window {
    sm_input *in;
    sm_buffer bytes;
    size_t at;      /* bytes before it are taken */
    int64_t offset; /* of `at`, in the plain content */
    bool ended;     /* nothing more will come */
    int failure;    /* what ended it, if it was no clean end */
    sm_error error;
} window;

int window_open(window *w, const char *path, size_t max, sm_error *err);
void window_close(window *w);
/* window_want tries to have n bytes to look at, and gives how many there are: fewer only at the end. */
size_t window_want(window *w, size_t n);
/* window_view is what there is; valid until the next call that is not window_view. */
sm_span window_view(const window *w);
/* window_take copies up to n bytes out of the window and behind it; gives how many. p may be NULL: skip. */
size_t window_take(window *w, char *p, size_t n);
/* window_line gives the next line with its LF (the last one may lack it), still to be taken: 1, 0 at the
 * end, SM_ELIMIT where it is longer than max bytes. */
int window_line(window *w, size_t max, sm_span *line);
/* window_resume, where damage ended the input, gives up what is in the window and goes on behind the damage
 * (sm_input_resume). False where there is nothing to go on with. */
bool window_resume(window *w);
/* window_end is what a reader returns when it has no more: 0, or the failure that ended the input. */
int window_end(const window *w, sm_error *err);

#endif
