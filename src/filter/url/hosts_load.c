/* Files and folders of hosts. See seimai/hosts.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/hosts.h>

#include <dirent.h>
#include <seimai/file.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_MAX_BYTES = 8192, BLOCK = 1 << 16, ENTRIES_MAX = 1 << 28 };

/* ---- lines ----------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* An entry ends at the first blank; a comment begins with # at the line's beginning or behind a blank. */
static sm_span entry_of(sm_span line)
{
    while (line.n > 0 && is_blank(line.p[0]))
        line = (sm_span){line.p + 1, line.n - 1};
    size_t n = 0;
    while (n < line.n && !is_blank(line.p[n]))
        n++;
    return n > 0 && line.p[0] == '#' ? (sm_span){line.p, 0} : (sm_span){line.p, n};
}

/* Behind the entry only blanks and a comment may stand. */
static bool is_alone(sm_span line, sm_span entry)
{
    const char *p = entry.n > 0 ? entry.p + entry.n : line.p, *const end = line.p + line.n;
    while (p < end && is_blank(*p))
        p++;
    return p == end || *p == '#';
}

static int add_line(sm_hosts *hosts, const char *path, int64_t number, sm_span line,
                    sm_error *err)
{
    enum { SHOWN = 60 };
    const sm_span entry = entry_of(line);
    if (number == 1 && sm_span_starts(line, SM_SPAN("\xEF\xBB\xBF")))
        return add_line(hosts, path, 2, (sm_span){line.p + 3, line.n - 3}, err);
    if (entry.n == 0 && is_alone(line, entry)) return SM_OK;
    if (!is_alone(line, entry) || !sm_hosts_put(hosts, entry))
        SM_FAIL(err, SM_EUSAGE, "%s:%lld: \"%.*s\" is neither a host nor a URL", path,
                (long long)number, (int)(entry.n < SHOWN ? entry.n : SHOWN), entry.p);
    if (sm_hosts_size(hosts) > ENTRIES_MAX)
        SM_FAIL(err, SM_ELIMIT, "%s:%lld: more than %d entries", path, (long long)number,
                ENTRIES_MAX);
    return SM_OK;
}

/* Adds the whole lines of a block; *used is what they take. At the end of the file the rest is a line too. */
static int add_block(sm_hosts *hosts, const char *path, int64_t *number, sm_span block,
                     bool last, size_t *used, sm_error *err)
{
    *used = 0;
    while (*used < block.n) {
        const char *const p = block.p + *used, *const end = block.p + block.n;
        const char *const lf = memchr(p, '\n', (size_t)(end - p));
        if (!lf && !last) return SM_OK;
        const size_t n = (size_t)((lf ? lf : end) - p);
        SM_TRY(add_line(hosts, path, ++*number, (sm_span){p, n}, err));
        *used += n + (lf != NULL);
    }
    return SM_OK;
}

static int read_lines(sm_hosts *hosts, sm_input *in, char *block, const char *path,
                      sm_error *err)
{
    size_t n = 0, got = 0, used = 0;
    int64_t number = 0;
    for (;;) {
        const int status = sm_input_read(in, block + n, BLOCK - n, &got, err);
        if (status < 0) return status;
        n += status > 0 ? got : 0;
        SM_TRY(add_block(hosts, path, &number, (sm_span){block, n}, status == 0, &used, err));
        if (status == 0) return SM_OK;
        memmove(block, block + used, n - used);
        n -= used;
        if (n > LINE_MAX_BYTES)
            SM_FAIL(err, SM_EUSAGE, "%s:%lld: a line of more than %d bytes", path,
                    (long long)number + 1, LINE_MAX_BYTES);
    }
}

static int add_file(sm_hosts *hosts, const char *path, sm_error *err)
{
    sm_input *in = NULL;
    SM_TRY(sm_input_open(&in, path, err));
    char *const block = sm_malloc(BLOCK);
    const int status = read_lines(hosts, in, block, path, err);
    sm_free(block);
    sm_input_close(in);
    return status;
}

/* ---- UT1's folders ----------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The files of one category; *found counts them. */
static int add_category(sm_hosts *hosts, const char *folder, size_t *found, sm_error *err)
{
    static const char *const names[] = {"domains", "urls"};
    sm_arena arena = {0};
    int status = SM_OK;
    for (size_t i = 0; i < 2 && status == SM_OK; i++) {
        const char *const path = sm_arena_printf(&arena, "%s/%s", folder, names[i]);
        if (!sm_file_exists(path)) continue;
        status = add_file(hosts, path, err);
        ++*found;
    }
    sm_arena_free(&arena);
    return status;
}

/* Categories are folders; links beside them name the same again. */
static int add_categories(sm_hosts *hosts, const char *folder, size_t *found, sm_error *err)
{
    sm_arena arena = {0};
    int status = SM_OK;
    DIR *const dir = opendir(folder);
    if (!dir) SM_FAIL(err, SM_EIO, "%s: cannot be read", folder);
    for (const struct dirent *e; status == SM_OK && (e = readdir(dir)) != NULL;) {
        const char *const path = sm_arena_printf(&arena, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.' && is_folder(path))
            status = add_category(hosts, path, found, err);
    }
    (void)closedir(dir);
    sm_arena_free(&arena);
    return status;
}

int sm_hosts_add(sm_hosts *hosts, const char *path, sm_error *err)
{
    size_t found = 0;
    if (!is_folder(path)) return add_file(hosts, path, err);
    SM_TRY(add_category(hosts, path, &found, err));
    if (found == 0) SM_TRY(add_categories(hosts, path, &found, err));
    if (found == 0) SM_FAIL(err, SM_EUSAGE, "%s: no file `domains` or `urls` in it", path);
    return SM_OK;
}

int sm_hosts_load(sm_hosts **hosts, const char *path, sm_error *err)
{
    *hosts = sm_hosts_new();
    const int status = sm_hosts_add(*hosts, path, err);
    if (status == SM_OK) return SM_OK;
    sm_hosts_free(*hosts);
    *hosts = NULL;
    return status;
}
