/* Options: every way to write them, a configuration file under the command line, wrong usage.
 * SPDX-License-Identifier: MIT */
#include "test.h"

#include <fcntl.h>
#include <seimai/file.h>
#include <seimai/options.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct config {
    bool flag, on;
    int64_t number, size;
    double real;
    const char *string, *choice, *file;
    sm_list list;
    sm_io io;
} config;

static const sm_usage usage = {.name = "test", .operands = "[FILE…]", .about = "Tests."};

/* The table keeps pointers into argv, so the copy lives on. */
static config parse(int argc, const char *const *words)
{
    static char *argv[32];
    memcpy(argv, words, (size_t)argc * sizeof *argv);
    config c = {.on = true, .number = 5, .size = 1 << 20, .real = 0.5, .choice = "one"};
    const sm_option options[] = {
        SM_OPTION_FLAG('f', "flag", &c.flag, "a flag"),
        SM_OPTION_FLAG(0, "on", &c.on, "a flag that is on"),
        SM_OPTION_INT('n', "number", &c.number, -3, 100, "a number"),
        SM_OPTION_SIZE(0, "size", &c.size, 1, 1 << 30, "a size"),
        SM_OPTION_REAL(0, "real", &c.real, 0, 1, "a share"),
        SM_OPTION_STRING('s', "string", &c.string, "TEXT", "a string"),
        SM_OPTION_CHOICE(0, "choice", &c.choice, "one|two", "a choice"),
        SM_OPTION_LIST('l', "list", &c.list, "X", "a list"),
        SM_OPTION_CONFIG(0, "config", &c.file, "a file"),
        SM_OPTIONS_COMMON(&c.io),
        SM_OPTIONS_END,
    };
    sm_options_parse(&usage, options, argc, argv);
    return c;
}

#define PARSE(...)                                                                             \
    parse((int)(sizeof((const char *[]){"t", __VA_ARGS__}) / sizeof(const char *)),            \
          (const char *[]){"t", __VA_ARGS__})

static void every_form_is_understood(void **state)
{
    (void)state;
    const config c = PARSE("a", "-fn7", "--size=2k", "--real", "0.25", "-sx y", "--no-on",
                           "--cho", "two", "-l", "1", "b", "--list=2", "--", "-c");
    assert_true(c.flag);
    assert_false(c.on);
    assert_int_equal(c.number, 7);
    assert_int_equal(c.size, 2048);
    assert_true(c.real == 0.25);
    assert_string_equal(c.string, "x y");
    assert_string_equal(c.choice, "two");
    assert_int_equal(c.list.n, 2);
    assert_string_equal(c.list.items[1], "2");
    assert_int_equal(c.io.files.n, 3);
    assert_string_equal(c.io.files.items[0], "a");
    assert_string_equal(c.io.files.items[2], "-c");
}

static void the_command_line_beats_the_file(void **state)
{
    (void)state;
    char path[] = "/tmp/seimai-options-XXXXXX";
    sm_error err = {0};
    assert_true(close(mkstemp(path)) == 0);
    assert_ok(
        sm_file_write(
            path, SM_SPAN("number: 9\nflag: true\nlist: [a, b, 3]\nsize: 4M\nreal: 1\n"), &err),
        &err);
    const config c = PARSE("--config", path, "-n", "8");
    assert_int_equal(c.number, 8);
    assert_true(c.flag);
    assert_int_equal(c.size, 4 << 20);
    assert_int_equal(c.list.n, 3);
    assert_string_equal(c.list.items[2], "3");
    /* what is taken as text is not read as a number on the way */
    assert_ok(sm_file_write(path,
                            SM_SPAN("string: 1.10\nlist: [007, 1e3, True, \"x\"]\n"
                                    "flag: True\nnumber: 5e1\n"),
                            &err),
              &err);
    const config texts = PARSE("--config", path);
    assert_string_equal(texts.string, "1.10");
    assert_string_equal(texts.list.items[0], "007");
    assert_string_equal(texts.list.items[1], "1e3");
    assert_string_equal(texts.list.items[2], "True");
    assert_string_equal(texts.list.items[3], "x");
    assert_true(texts.flag);
    assert_int_equal(texts.number, 50);
    (void)unlink(path);
}

/* Runs a parse in a child: its exit status and what it said. */
static int status_of(int argc, const char *const *argv, char *said, size_t n)
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
        (void)dup2(pipes[1], STDERR_FILENO);
        (void)parse(argc, argv);
        _exit(99);
    }
    (void)close(pipes[1]);
    size_t at = 0;
    for (ssize_t got; at + 1 < n && (got = read(pipes[0], said + at, n - 1 - at)) > 0;)
        at += (size_t)got;
    said[at] = '\0';
    (void)close(pipes[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

/* The whole name beats every longer one, wherever it stands; help and version have beginnings too. */
static void a_whole_name_beats_beginnings(void **state)
{
    (void)state;
    bool seen = false, longer = false, longest = false;
    const sm_option options[] = {SM_OPTION_FLAG(0, "see-all", &longer, ""),
                                 SM_OPTION_FLAG(0, "see-more", &longest, ""),
                                 SM_OPTION_FLAG(0, "see", &seen, ""), SM_OPTIONS_END};
    char *argv[] = {(char[]){"t"}, (char[]){"--see"}};
    sm_options_parse(&usage, options, 2, argv);
    assert_true(seen && !longer && !longest);
    argv[1] = (char[]){"--no-see"};
    sm_options_parse(&usage, options, 2, argv);
    assert_false(seen);
    char said[2000];
    assert_int_equal(status_of(2, (const char *[]){"t", "--ver"}, said, sizeof said), 2);
    assert_contains(said, "which one, --verbose or --version?");
    assert_int_equal(status_of(2, (const char *[]){"t", "--help=yaml"}, said, sizeof said), 2);
    const int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
    (void)dup2(null, STDOUT_FILENO);
    const int hel = status_of(2, (const char *[]){"t", "--hel"}, said, sizeof said);
    const int vers = status_of(2, (const char *[]){"t", "--vers"}, said, sizeof said);
    (void)dup2(out, STDOUT_FILENO);
    assert_int_equal(close(out) + close(null), 0);
    assert_int_equal(hel, 0);
    assert_int_equal(vers, 0);
}

/* A stray word is refused where no operands are taken: by SM_NO_OPERANDS, or for want of a place. */
static void stray_operands_are_refused(void **state)
{
    (void)state;
    for (int has_io = 0; has_io < 2; has_io++) {
        int status = 0;
        const pid_t child = fork();
        if (child == 0) {
            sm_io io = {0};
            const sm_option with_io[] = {SM_OPTIONS_COMMON(&io), SM_NO_OPERANDS,
                                         SM_OPTIONS_END};
            const sm_option without[] = {SM_OPTIONS_END};
            char *argv[] = {(char[]){"t"}, (char[]){"--"}, (char[]){"stray"}};
            (void)freopen("/dev/null", "w", stderr);
            sm_options_parse(&usage, has_io ? with_io : without, 3, argv);
            _exit(99);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(WEXITSTATUS(status), 2);
    }
}

static void a_default_list_is_added_to(void **state)
{
    (void)state;
    const char *defaults[] = {"x", "y"};
    sm_list list = {defaults, 2, 0};
    const sm_option options[] = {SM_OPTION_LIST('l', "list", &list, "X", ""), SM_OPTIONS_END};
    char *argv[] = {(char[]){"t"}, (char[]){"-lz"}};
    sm_options_parse(&usage, options, 2, argv);
    assert_int_equal(list.n, 3);
    assert_string_equal(list.items[1], "y");
    assert_string_equal(list.items[2], "z");
}

static void wrong_usage_says_what_and_exits_with_2(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *message;
    } cases[] = {
        {"--none", "--none: there is no such option"},
        {"-x", "-x: there is no such option"},
        {"--number=x", "--number: 'x' is not a whole number"},
        {"--number=101", "--number: '101' is out of range"},
        {"--size=1x", "is not a size"},
        {"--size=99999999999999G", "is not a size"},
        {"--real=nan", "is not a number"},
        {"--choice=three", "is none of one|two"},
        {"--flag=1", "--flag takes no value"},
        {"--string", "its TEXT is missing"},
        {"--s", "which one"},
        {"--config=/nonexistent", "/nonexistent"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char said[2000];
        char argument[100];
        (void)snprintf(argument, sizeof argument, "%s", cases[i].argument);
        assert_int_equal(status_of(2, (const char *[]){"t", argument}, said, sizeof said), 2);
        assert_contains(said, cases[i].message);
        assert_contains(said, "seimai-test: ");
    }
}

static void a_wrong_file_names_its_line(void **state)
{
    (void)state;
    char path[] = "/tmp/seimai-options-XXXXXX";
    char said[2000];
    sm_error err = {0};
    assert_true(close(mkstemp(path)) == 0);
    assert_ok(sm_file_write(path, SM_SPAN("number: 9\nunknown: 1\n"), &err), &err);
    assert_int_equal(status_of(3, (const char *[]){"t", "--config", path}, said, sizeof said),
                     2);
    assert_contains(said, ":2: unknown option 'unknown'");
    assert_ok(sm_file_write(path, SM_SPAN("flag: true\nnumber: 900\n"), &err), &err);
    assert_int_equal(status_of(3, (const char *[]){"t", "--config", path}, said, sizeof said),
                     2);
    assert_contains(said, ":2: number: '900' is out of range");
    (void)unlink(path);
}

static void options_are_written_as_yaml(void **state)
{
    (void)state;
    bool flag = true;
    int64_t number = -2;
    const char *string = "a: \"b\"", *none = NULL;
    sm_list list = {(const char *[]){"x", "y"}, 2, 0};
    const sm_option options[] = {SM_OPTION_FLAG(0, "flag", &flag, ""),
                                 SM_OPTION_INT(0, "number", &number, -9, 9, ""),
                                 SM_OPTION_STRING(0, "string", &string, "S", ""),
                                 SM_OPTION_STRING(0, "none", &none, "S", ""),
                                 SM_OPTION_LIST(0, "list", &list, "X", ""),
                                 SM_OPTIONS_END};
    sm_buffer out = sm_buffer_make(1000);
    sm_options_write(options, &out);
    assert_span(sm_buffer_span(&out),
                "flag: true\nnumber: -2\nstring: \"a: \\\"b\\\"\"\nlist: [\"x\",\"y\"]\n");
    sm_buffer_free(&out);
}

static void statuses_become_exit_statuses(void **state)
{
    (void)state;
    assert_int_equal(sm_exit_status(0), 0);
    assert_int_equal(sm_exit_status(SM_EIO), 1);
    assert_int_equal(sm_exit_status(SM_EUSAGE), 2);
    assert_int_equal(sm_exit_status(SM_EGATE), 3);
    assert_int_equal(sm_exit_status(SM_EPIPE), 141);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_understood),
        cmocka_unit_test(the_command_line_beats_the_file),
        cmocka_unit_test(wrong_usage_says_what_and_exits_with_2),
        cmocka_unit_test(a_wrong_file_names_its_line),
        cmocka_unit_test(options_are_written_as_yaml),
        cmocka_unit_test(statuses_become_exit_statuses),
        cmocka_unit_test(a_whole_name_beats_beginnings),
        cmocka_unit_test(stray_operands_are_refused),
        cmocka_unit_test(a_default_list_is_added_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
