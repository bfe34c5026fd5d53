# SPDX-License-Identifier: MIT
# Three files of near-duplicates of each other: families of texts in which a few places differ, some equal, some short.
awk 'BEGIN { for (i = 0; i < 1500; i++) {
    family = i * 7919 % 200; text = ""
    for (k = 0; k < 60; k++) text = text sprintf("%03d、", (family * 97 + k * k + (k == i % 90 ? i : 0)) % 1000)
    if (i % 50 == 7) text = "短" i % 3
    printf "{\"id\":\"%d\",\"text\":\"%s\",\"metadata\":{\"date\":\"20%02d-05-%02d\",\"score\":%d,\"url\":\"https://example.jp/%d\"}}\n",
        i, text, i * 31 % 25, 1 + i % 28, i * 17 % 101, i % 1400 }
    }' | split -n r/3 -d -a 1 --additional-suffix=.jsonl - part
