/* seimai: runs the tools, in the manner of git. SPDX-License-Identifier: MIT
 *
 * `seimai tokenizer train x` runs the executable seimai-tokenizer-train that lies beside this one, with the
 * argument x: of the names that the first words can make, the longest one that is there wins. A word
 * that is no verb (a path, an option) ends the name, so a file called like a verb is written ./info.
 * `seimai help` asks every tool what it is about. */
#include <seimai/base.h>
#include <seimai/config.h>
#include <seimai/options.h>

#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, NAME_BYTES = 256, ANSWER_BYTES = 1 << 20 };

#define NO_VERB "no verb '%s'; `seimai help` lists them"

static const char prefix[] = "seimai-";

extern char **environ;

/* ---- names ---------------------------------------------------------------------------------- */

/* The folder of this executable, links resolved, with its last slash. */
static int find_home(char *home, sm_error *err)
{
    const ssize_t n = readlink("/proc/self/exe", home, PATH_BYTES - 1);
    if (n <= 0) SM_FAIL(err, SM_EIO, "/proc/self/exe: cannot be read: %s", strerror(errno));
    home[n] = '\0';
    strrchr(home, '/')[1] = '\0';
    return 0;
}

static bool is_verb(const char *word)
{
    return *word >= 'a' && *word <= 'z' &&
           word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool is_executable(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* Finds the tool that the first words name. Gives the number of words used, 0 for none. */
static int find_tool(const char *home, char **words, char *path)
{
    sm_buffer name = sm_buffer_make(PATH_BYTES - 1);
    int longest = 0;
    sm_buffer_puts(&name, home);
    sm_buffer_puts(&name, "seimai");
    for (int i = 0; words[i] && is_verb(words[i]) && !name.overflow; i++) {
        char candidate[PATH_BYTES];
        sm_buffer_putc(&name, '-');
        sm_buffer_puts(&name, words[i]);
        (void)snprintf(candidate, sizeof candidate, "%.*s", (int)name.n, name.p);
        if (name.overflow || !is_executable(candidate)) continue;
        memcpy(path, candidate, sizeof candidate);
        longest = i + 1;
    }
    sm_buffer_free(&name);
    return longest;
}

/* ---- help ------------------------------------------------------------------------------------- */

/* Starts `path --help=json`; its output can be read from the descriptor. */
static bool ask(const char *path, pid_t *pid, int *answer)
{
    char *arguments[] = {sm_strdup(sm_span_of(path)), sm_strdup(SM_SPAN("--help=json")), NULL};
    int ends[2];
    bool started = false;
    if (pipe(ends) == 0) {
        posix_spawn_file_actions_t actions;
        (void)posix_spawn_file_actions_init(&actions);
        (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
        started = posix_spawn(pid, path, &actions, NULL, arguments, environ) == 0;
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)close(ends[1]);
        *answer = ends[0];
        if (!started) (void)close(ends[0]);
    }
    sm_free(arguments[0]);
    sm_free(arguments[1]);
    return started;
}

static void read_all(int fd, sm_buffer *into)
{
    char block[4096];
    ssize_t n;
    while ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0) sm_buffer_put(into, (sm_span){block, (size_t)n});
}

/* Prints "  name      what it is about", the latter by the tool's own words. */
static void describe(const char *home, const char *name)
{
    char path[PATH_BYTES + NAME_BYTES], verbs[NAME_BYTES];
    pid_t pid = 0;
    int fd = -1, status = 0;
    sm_buffer json = sm_buffer_make(ANSWER_BYTES);
    sm_config table = {0};
    sm_span about = SM_SPAN("(it does not answer --help=json)");

    (void)snprintf(path, sizeof path, "%s%s", home, name);
    if (!is_executable(path)) return;
    if (ask(path, &pid, &fd)) {
        read_all(fd, &json);
        (void)close(fd);
        (void)waitpid(pid, &status, 0);
    }
    if (sm_config_parse_json(&table, name, sm_buffer_span(&json), NULL) == 0)
        (void)!sm_value_read_string(sm_value_get(&table.root, "about"), "about", &about, NULL);
    (void)snprintf(verbs, sizeof verbs, "%s", name + sizeof prefix - 1);
    for (char *dash = verbs; (dash = strchr(dash, '-')); *dash = ' ')
        continue;
    printf("  %-18s %.*s\n", verbs, (int)about.n, about.p);
    sm_config_free(&table);
    sm_buffer_free(&json);
}

static int is_tool(const struct dirent *entry)
{
    return strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0 &&
           is_verb(entry->d_name + sizeof prefix - 1);
}

static int flushed(sm_error *err)
{
    if (fflush(stdout) || ferror(stdout)) SM_FAIL(err, SM_EIO, "(stdout): cannot be written");
    return 0;
}

static int print_help(const sm_usage *usage, const char *home, sm_error *err)
{
    struct dirent **entries = NULL;
    const int n = scandir(home, &entries, is_tool, alphasort);
    if (n < 0) SM_FAIL(err, SM_EIO, "%s: cannot be read: %s", home, strerror(errno));
    printf("Usage: %s %s\n%s\n\nVerbs:\n", usage->name, usage->operands, usage->about);
    for (int i = 0; i < n; i++) {
        (void)fflush(stdout);
        describe(home, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    printf("\n%s\n", usage->more);
    return flushed(err);
}

static int print_version(sm_error *err)
{
    printf("seimai %s\n", SEIMAI_VERSION);
    return flushed(err);
}

/* ---- running ------------------------------------------------------------------------------------ */

/* Becomes the tool of the words; `rest` of them are its arguments. Comes back only on failure. */
static int become(const char *path, char **rest, sm_error *err)
{
    size_t n = 0;
    while (rest[n])
        n++;
    char **arguments = sm_calloc(n + 2, sizeof *arguments);
    arguments[0] = sm_strdup(sm_span_of(path));
    memcpy(arguments + 1, rest, n * sizeof *rest);
    (void)execv(path, arguments);
    sm_free(arguments[0]);
    sm_free(arguments);
    SM_FAIL(err, SM_EIO, "%s: cannot be run: %s", path, strerror(errno));
}

static int help_on(const sm_usage *usage, const char *home, char **words, sm_error *err)
{
    char path[PATH_BYTES];
    char *help[] = {sm_strdup(SM_SPAN("--help")), NULL};
    int rc = 0;
    if (!*words) rc = print_help(usage, home, err);
    if (*words && find_tool(home, words, path))
        rc = become(path, help, err);
    else if (*words)
        rc = sm_error_set(err, SM_EUSAGE, NO_VERB, *words);
    sm_free(help[0]);
    return rc;
}

static int run(const sm_usage *usage, char **words, sm_error *err)
{
    char home[PATH_BYTES], path[PATH_BYTES];
    SM_TRY(find_home(home, err));
    const char *first = *words ? *words : "help";
    if (!strcmp(first, "help")) return help_on(usage, home, words + (*words != NULL), err);
    if (!strcmp(first, "--help") || !strcmp(first, "-h")) return print_help(usage, home, err);
    if (!strcmp(first, "--version")) return print_version(err);
    const int used = find_tool(home, words, path);
    if (used) return become(path, words + used, err);
    SM_FAIL(err, SM_EUSAGE, NO_VERB, first);
}

int main(int argc, char **argv)
{
    const sm_usage usage = {
        .name = "seimai",
        .operands = "VERB [OPTION…] [FILE…]",
        .about = "Turns raw Japanese web text into training data for language models.",
        .more = "`seimai help VERB` tells more of one. A file called like a verb is written "
                "./VERB.",
    };
    sm_error err = {0};
    (void)argc;
    const int rc = run(&usage, argv + 1, &err);
    if (err.code) fprintf(stderr, "seimai: %s\n", err.text);
    return sm_exit_status(rc);
}
