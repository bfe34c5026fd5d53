/* General categories, as ICU has them.
 * SPDX-License-Identifier: MIT */
#include <seimai/category.h>

#include <unicode/uchar.h>

/* Our names stand in ICU's order, so that a category is one cast away. */
_Static_assert((int)SM_LO == (int)U_OTHER_LETTER, "order of categories");
_Static_assert((int)SM_NO == (int)U_OTHER_NUMBER, "order of categories");
_Static_assert((int)SM_CS == (int)U_SURROGATE, "order of categories");
_Static_assert((int)SM_PF == (int)U_FINAL_PUNCTUATION, "order of categories");
_Static_assert((int)SM_CATEGORIES == (int)U_CHAR_CATEGORY_COUNT, "number of categories");

sm_category sm_category_of(uint32_t c)
{
    return c <= UCHAR_MAX_VALUE ? (sm_category)u_charType((UChar32)c) : SM_CN;
}

bool sm_category_in(uint32_t c, unsigned set)
{
    return set >> sm_category_of(c) & 1;
}

bool sm_is_white_space(uint32_t c)
{
    return c <= UCHAR_MAX_VALUE && u_isUWhiteSpace((UChar32)c);
}

uint32_t sm_lower_of(uint32_t c)
{
    return c <= UCHAR_MAX_VALUE ? (uint32_t)u_tolower((UChar32)c) : c;
}

int sm_unicode_age(uint32_t c)
{
    UVersionInfo version = {0};
    if (c <= UCHAR_MAX_VALUE) u_charAge((UChar32)c, version);
    return version[0] * 100 + version[1];
}
