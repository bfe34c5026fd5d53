/* A hash table of pre-tokens that is small, can be filled many at a time, and is sorted in its own memory.
 * SPDX-License-Identifier: MIT
 *
 * A record is {sizes, count, …, bytes} and lies in blocks, one after the other in the order in which they came; the
 * slots hold 32 bits of the hash and the record's place. At most half of the slots are taken, which is just the room
 * that the sort needs for its keys: 8 bytes of the string, place and length. */
#ifndef SM_BPE_TABLE_H
#define SM_BPE_TABLE_H

#include "blocks.h"

enum {
    TABLE_DOCUMENTS = 1, /* records count the documents they stand in */
    TABLE_CROSSINGS = 2 /* records of Japanese have a crossing count for each inner character */
};

typedef struct table_record {
    uint32_t n;       /* bytes of the pre-token */
    uint32_t n_inner; /* crossing counts */
    uint64_t count;
    uint64_t more
        []; /* documents, the last document's number (if asked for), crossings; then the bytes */
} table_record;

typedef struct table_key {
    uint64_t
        head; /* 8 bytes of the string at the present depth, big-endian, filled up with zeros */
    uint32_t at, n;
} table_key;

typedef struct table_slot {
    uint32_t hash;
    uint32_t at; /* place + 1; 0 is free */
} table_slot;

typedef struct table {
    unsigned kind;  /* TABLE_… */
    size_t n_fixed; /* numbers in `more` before the crossings */
    blocks records;
    void *slots; /* table_slot[n_slots]; after table_sort table_key[n] */
    size_t n_slots, n;
} table;

void table_init(table *t, unsigned kind);
void table_fini(table *t);
void table_clear(table *t); /* no records; the memory is kept */

/* table_add gives the place of a string's record, added with count 0 where it is new. */
size_t table_add(table *t, sm_span s);
/* table_count adds `count` to each of n strings; the cache misses of many overlap. */
void table_count(table *t, const sm_span *strings, size_t n, uint64_t count);

/* table_memory is what the table would need at once with `bytes` more of records, while growing, too. */
size_t table_memory(const table *t, size_t bytes);

/* table_sort orders the records by their bytes; from then on only table_sorted, table_clear and table_fini. */
void table_sort(table *t);
/* table_keys writes the n keys of the records, in the order in which they came; table_sort_keys sorts them. */
void table_keys(const table *t, table_key *keys);
void table_sort_keys(const table *t, table_key *keys, size_t n);

static inline table_record *table_at(const table *t, size_t at)
{
    return (table_record *)(void *)blocks_at(&t->records, at);
}

static inline uint64_t *table_crossings(const table *t, table_record *r)
{
    return r->more + t->n_fixed;
}

static inline sm_span table_bytes(const table *t, const table_record *r)
{
    return (sm_span){(const char *)(r->more + t->n_fixed + r->n_inner), r->n};
}

/* The place of the record behind the one at `at`, in the order in which they came. */
static inline size_t table_after(const table *t, size_t at)
{
    const table_record *r = table_at(t, at);
    const size_t numbers = sizeof *r / sizeof *r->more + t->n_fixed + r->n_inner;
    return blocks_after(&t->records, at, numbers + (r->n + (size_t)7) / 8);
}

/* The i-th record after table_sort. */
static inline table_record *table_sorted(const table *t, size_t i)
{
    const table_key *keys = t->slots;
    return table_at(t, keys[i].at);
}

#endif
