/* Where the files of rules and words are: see sm_dicts_path in seimai/options.h.
 * SPDX-License-Identifier: MIT */
#include <seimai/file.h>
#include <seimai/options.h>

#include <string.h>
#include <unistd.h>

/* ../share/seimai/dicts beside the executable; NULL where the system does not tell its path. */
static const char *installed_dicts(sm_arena *arena)
{
    char path[4096];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) return NULL;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash) return NULL;
    *slash = '\0';
    return sm_arena_printf(arena, "%s/../share/seimai/dicts", path);
}

int sm_dicts_path(const char *dicts_option, const char *relative, sm_arena *arena,
                  const char **path, sm_error *err)
{
    const char *const places[] = {dicts_option ? dicts_option : installed_dicts(arena),
                                  dicts_option ? NULL : SEIMAI_DICTS};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!places[i]) continue;
        *path = sm_arena_printf(arena, "%s/%s", places[i], relative);
        if (sm_file_exists(*path)) return 0;
    }
    SM_FAIL(err, SM_EUSAGE, "%s: not found in %s%s%s", relative, places[0] ? places[0] : "",
            places[0] && places[1] ? " nor in " : "", places[1] ? places[1] : "");
}
