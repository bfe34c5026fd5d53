/* content_speed MODE MODEL ROUNDS < list of HTML files: from the bytes of pages to text, all in memory, one thread.
 * MODE: main, precise, full, or parse (blocks without a selection). MODEL: a file, or `-` for the rules. Prints
 * one line of JSON a round: CPU seconds of decoding, parsing, selecting, writing, and of all.
 * SPDX-License-Identifier: MIT */
#include <seimai/charset.h>
#include <seimai/content_model.h>
#include <seimai/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGES = 1 << 14, NAME_BYTES = 4096, TEXT_BYTES = 1 << 28 };

typedef enum step { DECODE, PARSE, SELECT, WRITE, STEPS } step;

static const char *const step_names[STEPS] = {"decode", "parse", "select", "write"};

typedef struct bench {
    sm_map *pages;
    size_t n_pages;
    const char *mode;
    sm_content_model *model;
    sm_content *content;
    sm_buffer decoded, text;
    uint64_t page_bytes, text_bytes;
    double seconds[STEPS];
} bench;

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Reading a clock takes .2 µs of some 300 µs a page. */
static void stop_clock(bench *b, step s, double *since)
{
    const double now = cpu_seconds();
    b->seconds[s] += now - *since;
    *since = now;
}

static void extract(bench *b, sm_span page)
{
    double since = cpu_seconds();
    const sm_charset_choice choice = sm_charset_choose(page, (sm_span){0}, true);
    sm_buffer_clear(&b->decoded);
    const sm_span utf8 = sm_charset_text(choice.charset, page, &b->decoded, NULL);
    stop_clock(b, DECODE, &since);
    sm_content_parse(b->content, utf8);
    stop_clock(b, PARSE, &since);
    if (strcmp(b->mode, "parse") == 0) return;
    sm_content_select(b->content, strcmp(b->mode, "main") == 0      ? SM_MODE_MAIN
                                  : strcmp(b->mode, "precise") == 0 ? SM_MODE_PRECISE
                                                                    : SM_MODE_FULL);
    stop_clock(b, SELECT, &since);
    sm_buffer_clear(&b->text);
    sm_content_write(b->content, &b->text);
    stop_clock(b, WRITE, &since);
    b->text_bytes += b->text.n;
}

static void run_round(bench *b)
{
    memset(b->seconds, 0, sizeof b->seconds);
    b->page_bytes = b->text_bytes = 0;
    const double start = cpu_seconds();
    for (size_t i = 0; i < b->n_pages; i++) {
        extract(b, b->pages[i].bytes);
        b->page_bytes += b->pages[i].bytes.n;
    }
    printf("{\"pages\": %zu, \"bytes\": %llu, \"text\": %llu, \"seconds\": %.6f", b->n_pages,
           (unsigned long long)b->page_bytes, (unsigned long long)b->text_bytes,
           cpu_seconds() - start);
    for (step s = DECODE; s < STEPS; s++)
        printf(", \"%s\": %.6f", step_names[s], b->seconds[s]);
    puts("}");
}

static int read_pages(bench *b, sm_error *err)
{
    char name[NAME_BYTES];
    b->pages = sm_calloc(PAGES, sizeof *b->pages);
    while (b->n_pages < PAGES && fgets(name, sizeof name, stdin)) {
        name[strcspn(name, "\n")] = '\0';
        SM_TRY(sm_map_open(&b->pages[b->n_pages++], name, err));
    }
    return 0;
}

static int run(bench *b, const char *model, int rounds, sm_error *err)
{
    SM_TRY(read_pages(b, err));
    b->content = sm_content_new();
    if (strcmp(model, "-") != 0) {
        SM_TRY(sm_content_model_read(&b->model, model, err));
        sm_content_set_model(b->content, b->model);
    }
    b->decoded = sm_buffer_make(TEXT_BYTES);
    b->text = sm_buffer_make(TEXT_BYTES);
    for (int i = 0; i < rounds; i++)
        run_round(b);
    return 0;
}

static void free_all(bench *b)
{
    for (size_t i = 0; i < b->n_pages; i++)
        sm_map_close(&b->pages[i]);
    sm_free(b->pages);
    sm_content_free(b->content);
    sm_content_model_free(b->model);
    sm_buffer_free(&b->decoded);
    sm_buffer_free(&b->text);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    bench b = {.mode = argv[1]};
    sm_error err = {0};
    const int rc = run(&b, argv[2], (int)strtol(argv[3], NULL, 10), &err);
    if (rc) fprintf(stderr, "content_speed: %s\n", err.text);
    free_all(&b);
    return rc ? 1 : 0;
}
