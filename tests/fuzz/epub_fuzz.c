/* Parts of books, whatever the bytes: the first one chooses a package document, a container, a list of what is encrypted,
 * a page of XHTML, or a whole archive. SPDX-License-Identifier: MIT */
#include <seimai/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "epub/epub.h"
#include "epub/xhtml.h"
#include "fuzz.h"

/* Paths stay inside the archive. */
static void check_path(const char *path)
{
    require(path[0] != '/' && strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0);
    require(!strstr(path, "/../"));
}

static void try_package(sm_span xml)
{
    sm_arena arena = {0};
    epub_package package;
    sm_error err = {0};
    const int rc = epub_read_package(xml, "OPS/p.opf", &arena, &package, &err);
    require(rc == 0 || err.code == rc);
    for (size_t i = 0; i < package.n_spine; i++)
        check_path(package.spine[i].path);
    sm_arena_free(&arena);
}

static void try_container(sm_span xml)
{
    sm_arena arena = {0};
    const char *path = NULL;
    if (epub_find_package(xml, &arena, &path, NULL) == 0) check_path(path);
    sm_arena_free(&arena);
}

static void try_encryption(sm_span xml)
{
    (void)epub_is_encrypted(xml);
}

static void try_xhtml(sm_span page)
{
    sm_buffer html = sm_buffer_make(XHTML_GROWTH * page.n + 64);
    xhtml_to_html(page, &html);
    require(!html.overflow);
    sm_buffer_free(&html);
}

/* An unnamed file: a run that is killed leaves nothing behind. */
static void try_archive(sm_span bytes)
{
    char name[] = "/tmp/epub-fuzz-XXXXXX", path[64];
    sm_container *c = NULL;
    sm_container_counts counts = {0};
    sm_arena arena = {0};
    sm_record record;
    const int fd = mkstemp(name);
    require(fd >= 0 && unlink(name) == 0);
    require(write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (sm_container_open(&c, path, 1 << 20, &counts, NULL) == 0)
        while (sm_container_read(c, &record, &arena, NULL) > 0)
            require(record.body.n <= 1 << 20);
    sm_container_close(c);
    sm_arena_free(&arena);
    (void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static void (*const tries[])(sm_span) = {try_package, try_container, try_encryption,
                                             try_xhtml, try_archive};
    if (n == 0) return 0;
    tries[data[0] % 5]((sm_span){(const char *)data + 1, n - 1});
    return 0;
}
