/* The smallest client of libseimai: something from the headers, something from the library.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <seimai/base.h>

int main(void)
{
    sm_buffer buffer = sm_buffer_make(100);
    sm_buffer_puts(&buffer, "seimai ");
    sm_buffer_printf(&buffer, "%d", 2 + 3);
    const sm_span text = sm_buffer_span(&buffer);
    printf("%.*s\n", (int)text.n, text.p);
    sm_buffer_free(&buffer);
    return 0;
}
