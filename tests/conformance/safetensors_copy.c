/* A client of seimai/safetensors.h for safetensors_test.py.
 *   safetensors_copy IN OUT     reads a file or an index, writes its tensors to OUT
 *   safetensors_copy FILE       tells whether FILE is accepted: status 0 or 1, the error on stderr
 * SPDX-License-Identifier: MIT */
#include <seimai/safetensors.h>

#include <stdio.h>

static int copy(const sm_safetensors *set, const char *path, sm_error *err)
{
    const size_t n = sm_safetensors_count(set);
    sm_stored_tensor *tensors = sm_calloc(n, sizeof *tensors);
    for (size_t i = 0; i < n; i++)
        tensors[i] = *sm_safetensors_at(set, i);
    const int status = sm_safetensors_write(path, tensors, n, NULL, 0, err);
    sm_free(tensors);
    return status;
}

int main(int argc, char **argv)
{
    sm_error err = {0};
    sm_safetensors *set = NULL;
    if (argc < 2) return 2;
    int status = sm_safetensors_open(&set, argv[1], &err);
    if (status == SM_OK && argc > 2) status = copy(set, argv[2], &err);
    sm_safetensors_close(set);
    if (status < 0) (void)fprintf(stderr, "%s\n", err.text);
    return status < 0;
}
