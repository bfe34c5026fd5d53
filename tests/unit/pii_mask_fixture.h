/* Masks by policy, and random text: what the tests of pii's masks and words share.
 * SPDX-License-Identifier: MIT */
#ifndef SEIMAI_PII_MASK_FIXTURE_H
#define SEIMAI_PII_MASK_FIXTURE_H

#include "pii_fixture.h"

#include <seimai/random.h>

/* Policies of a list that ends with NULL. */
static inline void use(fixture *f, const char *const *list)
{
    sm_error err = {0};
    size_t n = 0;
    while (list[n])
        n++;
    assert_ok(
        sm_pii_set_policies(f->rules, list, n, SM_SPAN("sixteen bytes or more of salt"), &err),
        &err);
}

#define USE(f, ...) use(f, (const char *const[]){__VA_ARGS__, NULL})

static inline sm_pii_masked mask(fixture *f, sm_span text)
{
    sm_error err = {0};
    sm_pii_masked out = {0};
    assert_ok(sm_pii_mask(f->finder, text, &f->arena, &out, &err), &err);
    return out;
}

static inline const char *masked(fixture *f, const char *text)
{
    return sm_arena_copy(&f->arena, mask(f, sm_span_of(text)).text).p;
}

/* Random text of pieces that stand for what the rules look at. */
static inline sm_span random_text(fixture *f, uint64_t seed)
{
    static const char *const pieces[] = {"電話",
                                         "03-1234-5678",
                                         "\n",
                                         "と",
                                         "taro@foo.co.jp",
                                         "（",
                                         "）",
                                         "マイナンバー",
                                         "123456789018",
                                         "東京都",
                                         "港区",
                                         "赤坂",
                                         "1丁目2番3号",
                                         "1-2-3",
                                         "市",
                                         "山田",
                                         "太郎",
                                         "さん",
                                         "氏名：",
                                         "ジョン・スミス",
                                         "カード",
                                         "4111111111111111",
                                         "090-1234-5678",
                                         " ",
                                         "0312345678",
                                         "〒",
                                         "107-0052",
                                         "住所",
                                         "は",
                                         "、",
                                         "ビル301号室",
                                         "８.８.８.８",
                                         "IPアドレス",
                                         "生年月日",
                                         "昭和60年3月4日",
                                         "佐藤 花子",
                                         "<PHONE>",
                                         "XXXX",
                                         "会員番号",
                                         "A1234567",
                                         "千葉県市川市八幡",
                                         "二番"};
    sm_buffer text = sm_buffer_make(1 << 16);
    const size_t n = 1 + sm_random_below(seed, 0, 0, 24);
    for (size_t i = 0; i < n; i++)
        sm_buffer_puts(&text,
                       pieces[sm_random_below(seed, 1, i, sizeof pieces / sizeof *pieces)]);
    const sm_span copy = sm_arena_copy(&f->arena, sm_buffer_span(&text));
    sm_buffer_free(&text);
    return copy;
}

#endif
