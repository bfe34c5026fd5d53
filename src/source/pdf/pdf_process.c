/* pdftotext in a process of its own, with limits: see seimai/pdf.h.
 * SPDX-License-Identifier: MIT
 *
 * The shell sets the limits and becomes pdftotext, so that nothing of ours runs between fork and exec. File and markup
 * go through sockets, which no other process inherits, and which raise no signal when the other side is gone. */
#include <seimai/pdf.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

const sm_pdf_limits sm_pdf_default_limits = {60, (size_t)2 << 30, (size_t)512 << 20};

enum { IN, OUT, ERR, STREAMS, STEP = 64 << 10, SAID = 4 * STEP, MISSING = 127, KIBI = 1024 };

typedef struct child {
    pid_t pid;
    int fd[STREAMS]; /* our ends; -1: closed */
    sm_span input;   /* not yet sent */
    sm_buffer *out;
    sm_buffer said; /* what it wrote on its standard error: the beginning */
    struct timespec deadline;
    const char *stopped; /* why we killed it; NULL: we did not */
} child;

static void close_fd(int *fd)
{
    if (*fd >= 0) (void)close(*fd);
    *fd = -1;
}

/* ---- starting --------------------------------------------------------------------------------------- */

static int open_streams(int ours[STREAMS], int theirs[STREAMS], sm_error *err)
{
    for (int i = 0; i < STREAMS; i++)
        ours[i] = theirs[i] = -1;
    for (int i = 0; i < STREAMS; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
            SM_FAIL(err, SM_EIO, "cannot open a socket for pdftotext: %s", strerror(errno));
        ours[i] = pair[0];
        theirs[i] = pair[1];
    }
    return 0;
}

static int spawn(child *c, const int theirs[STREAMS], const sm_pdf_limits *limits,
                 sm_error *err)
{
    sm_arena arena = {0};
    char *script = sm_arena_printf(&arena,
                                   "ulimit -t %u; ulimit -v %zu; ulimit -c 0; "
                                   "exec pdftotext -enc UTF-8 -bbox-layout - -",
                                   limits->seconds, limits->memory / KIBI);
    char shell[] = "sh", option[] = "-c";
    char *const argv[] = {shell, option, script, NULL};
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < STREAMS && !failure; i++)
        failure = posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
    if (!failure) failure = posix_spawn(&c->pid, "/bin/sh", &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    sm_arena_free(&arena);
    if (failure) SM_FAIL(err, SM_EIO, "cannot start pdftotext: %s", strerror(failure));
    return 0;
}

static int start(child *c, const sm_pdf_limits *limits, sm_error *err)
{
    int theirs[STREAMS];
    int rc = open_streams(c->fd, theirs, err);
    if (rc >= 0) rc = spawn(c, theirs, limits, err);
    for (int i = 0; i < STREAMS; i++) {
        close_fd(&theirs[i]);
        if (rc < 0) close_fd(&c->fd[i]);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &c->deadline);
    c->deadline.tv_sec += 3 * (time_t)limits->seconds;
    return rc;
}

/* ---- talking ---------------------------------------------------------------------------------------- */

static void stop(child *c, const char *why)
{
    if (!c->stopped) c->stopped = why;
    (void)kill(c->pid, SIGKILL);
    for (int i = 0; i < STREAMS; i++)
        close_fd(&c->fd[i]);
}

static void send_some(child *c)
{
    const size_t n = c->input.n < STEP ? c->input.n : STEP;
    const ssize_t sent = n ? send(c->fd[IN], c->input.p, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (sent > 0) c->input = (sm_span){c->input.p + sent, c->input.n - (size_t)sent};
    const bool failed = sent < 0 && errno != EAGAIN && errno != EINTR;
    if (failed || !c->input.n) close_fd(&c->fd[IN]);
}

/* Standard error beyond what is kept is read and forgotten. */
static void receive_some(child *c, int stream)
{
    char bytes[STEP];
    const ssize_t got = recv(c->fd[stream], bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        close_fd(&c->fd[stream]);
        return;
    }
    sm_buffer_put(stream == OUT ? c->out : &c->said, (sm_span){bytes, (size_t)got});
    if (c->out->overflow) stop(c, "its output is too long");
}

/* Milliseconds until the deadline; 0 when it has passed. */
static int time_left(const child *c)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const time_t seconds = c->deadline.tv_sec - now.tv_sec;
    if (seconds < 0 || (seconds == 0 && now.tv_nsec >= c->deadline.tv_nsec)) return 0;
    return seconds > 1000 ? 1000000 : (int)seconds * 1000 + 1;
}

static void talk(child *c)
{
    while (c->fd[OUT] >= 0 || c->fd[ERR] >= 0) {
        struct pollfd polled[STREAMS] = {{.fd = c->fd[IN], .events = POLLOUT},
                                         {.fd = c->fd[OUT], .events = POLLIN},
                                         {.fd = c->fd[ERR], .events = POLLIN}};
        const int left = time_left(c);
        if (left == 0) {
            stop(c, "it took too long");
            return;
        }
        if (poll(polled, STREAMS, left) < 0 && errno != EINTR) return;
        if (polled[IN].revents) send_some(c);
        for (int i = OUT; i < STREAMS; i++)
            if (polled[i].revents && c->fd[i] >= 0) receive_some(c, i);
    }
}

/* ---- the end ---------------------------------------------------------------------------------------- */

/* The first line that it said, for a message. */
static sm_span first_line(sm_span said)
{
    const char *lf = said.n ? memchr(said.p, '\n', said.n) : NULL;
    return (sm_span){said.p, lf ? (size_t)(lf - said.p) : said.n};
}

static bool says(sm_span said, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= said.n; i++)
        if (memcmp(said.p + i, word, n) == 0) return true;
    return false;
}

static int judge(const child *c, int status, sm_error *err)
{
    enum { NO_PERMISSION = 3 };
    const sm_span said = sm_buffer_span(&c->said), line = first_line(said);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (c->stopped) SM_FAIL(err, SM_ELIMIT, "pdftotext was stopped: %s", c->stopped);
    if (code == MISSING)
        SM_FAIL(err, SM_ENOENT, "pdftotext is missing: install the package poppler-utils");
    if (says(said, "Missing language pack")) /* it goes on, and leaves the font's text out */
        SM_FAIL(err, SM_ENOENT,
                "pdftotext lacks the tables of a font: install the package "
                "poppler-data");
    if (code == NO_PERMISSION || says(said, "ncorrect password"))
        SM_FAIL(err, SM_ENOSUP, "the file is encrypted");
    if (WIFSIGNALED(status))
        SM_FAIL(err, SM_ELIMIT, "pdftotext ended by signal %d: a limit, or a damaged file",
                WTERMSIG(status));
    if (says(said, "ut of memory") || says(said, "bad_alloc"))
        SM_FAIL(err, SM_ELIMIT, "pdftotext was stopped: it took too much memory");
    if (code != 0)
        SM_FAIL(err, SM_EFORMAT, "pdftotext: status %d: %.*s", code, (int)line.n,
                line.n ? line.p : "");
    return 0;
}

int sm_pdf_words(sm_span pdf, const sm_pdf_limits *limits, sm_buffer *markup, sm_error *err)
{
    int status = 0;
    sm_buffer bounded = sm_buffer_make(limits->output_bytes);
    child c = {.input = pdf, .out = &bounded, .said = sm_buffer_make(SAID)};
    int rc = start(&c, limits, err);
    if (rc >= 0) {
        talk(&c);
        for (int i = 0; i < STREAMS; i++)
            close_fd(&c.fd[i]);
        while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR) {
        }
        rc = judge(&c, status, err);
    }
    if (rc >= 0) sm_buffer_put(markup, sm_buffer_span(&bounded));
    if (rc >= 0 && markup->overflow)
        rc = sm_error_set(err, SM_ELIMIT, "the markup is too long");
    sm_buffer_free(&bounded);
    sm_buffer_free(&c.said);
    return rc;
}
