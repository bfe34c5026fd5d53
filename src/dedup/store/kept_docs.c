/* Kept documents: in memory, and reading them from wherever they are. See kept_docs.h.
 * SPDX-License-Identifier: MIT */
#include "kept_internal.h"

#include <inttypes.h>
#include <seimai/hash.h>
#include <string.h>

void kept_docs_init(kept_docs *k, payload_kind kind, unsigned signature, size_t segment_bytes,
                    store_space *space)
{
    *k = (kept_docs){.kind = kind, .signature = signature, .space = space};
    k->segment_bytes = segment_bytes;
    k->entries.fd = k->records.fd = -1;
}

void kept_segment_free(kept_segment *s)
{
    if (!s) return;
    sm_free(s->docs);
    sm_free(s->written);
    sm_free(s->block);
    sm_free(s);
}

size_t kept_segment_bytes(const kept_segment *s)
{
    return s->cap + SEGMENT_DOCS * sizeof *s->docs;
}

void kept_docs_drop_spare(kept_docs *k)
{
    if (k->spare) k->bytes -= kept_segment_bytes(k->spare);
    kept_segment_free(k->spare);
    k->spare = NULL;
}

void kept_docs_fini(kept_docs *k)
{
    for (size_t i = 0; i < k->n_segments; i++)
        kept_segment_free(k->segments[i]);
    kept_segment_free(k->spare);
    sm_free(k->segments);
    sm_free(k->extents);
    store_file_close(&k->entries);
    store_file_close(&k->records);
}

static void drop_decoded(kept_scratch *s)
{
    for (size_t i = 0; s->slots && i < KEPT_SLOTS; i++) {
        sm_free(s->slots[i].block);
        s->slots[i] = (kept_slot){0};
    }
    s->decoded = 0;
}

void kept_scratch_fini(kept_scratch *s)
{
    drop_decoded(s);
    sm_free(s->slots);
    s->slots = NULL;
    sm_buffer_free(&s->record);
}

/* ---- in memory ------------------------------------------------------------------------------ */

size_t kept_payload_bytes(const kept_docs *k, uint32_t n_set)
{
    if (k->kind == PAYLOAD_SET) return (size_t)n_set * sizeof(uint64_t);
    if (k->kind == PAYLOAD_SIGNATURE && n_set > 0) return k->signature * sizeof(uint32_t);
    return 0;
}

static size_t rounded(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

static kept_segment *segment_make(size_t cap)
{
    kept_segment *s = sm_calloc(1, sizeof *s);
    s->cap = cap;
    s->block = sm_malloc(cap);
    s->docs = sm_malloc(SEGMENT_DOCS * sizeof *s->docs);
    return s;
}

static kept_segment *segment_new(kept_docs *k, size_t least)
{
    const size_t cap = least > k->segment_bytes ? least : k->segment_bytes;
    kept_segment *s = k->spare;
    if (!s || s->cap != cap) {
        kept_docs_drop_spare(k);
        s = segment_make(cap);
        k->bytes += kept_segment_bytes(s);
    }
    k->spare = NULL;
    s->first = k->n;
    s->n = 0;
    s->used = 0;
    k->segments =
        sm_array_grow(k->segments, k->n_segments, &k->cap_segments, sizeof(kept_segment *));
    k->segments[k->n_segments++] = s;
    return s;
}

bool kept_docs_fits(const kept_docs *k, const kept_view *doc)
{
    if (k->n_segments == 0) return false;
    const kept_segment *s = k->segments[k->n_segments - 1];
    const size_t need = kept_payload_bytes(k, doc->n_set) + rounded(doc->id.n);
    return s->n < SEGMENT_DOCS && s->cap - s->used >= need;
}

void kept_docs_add(kept_docs *k, const kept_view *doc)
{
    const size_t payload = kept_payload_bytes(k, doc->n_set);
    const size_t need = payload + rounded(doc->id.n);
    kept_segment *s =
        kept_docs_fits(k, doc) ? k->segments[k->n_segments - 1] : segment_new(k, need);
    char *at = s->block + s->used;
    if (payload) memcpy(at, doc->payload, payload);
    if (doc->id.n) memcpy(at + payload, doc->id.p, doc->id.n);
    s->docs[s->n++] = (kept_view){{at + payload, doc->id.n}, payload ? at : NULL, doc->n_set};
    s->used += need;
    k->n++;
}

/* The last segment that begins at or before the document. */
static const kept_view *resident(const kept_docs *k, uint32_t document)
{
    size_t low = 0, high = k->n_segments;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (k->segments[middle]->first <= document)
            low = middle;
        else
            high = middle;
    }
    const kept_segment *s = k->segments[low];
    return &s->docs[document - s->first];
}

/* ---- on disk -------------------------------------------------------------------------------- */

static const kept_extent *extent_of(const kept_docs *k, uint32_t document)
{
    size_t low = 0, high = k->n_extents;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (k->extents[middle].document <= document)
            low = middle;
        else
            high = middle;
    }
    return &k->extents[low];
}

static int read_entry(const kept_docs *k, uint32_t document, kept_scratch *s, kept_entry *e,
                      sm_error *err)
{
    const kept_extent *extent = extent_of(k, document);
    const uint64_t place = document - extent->document;
    const uint64_t page = extent->page + place / PAGE_ITEMS(ENTRY_BYTES);
    const unsigned char *from = k->tail;
    if (page < k->page) {
        from = s->page;
        if (s->cached != page + 1) {
            s->cached = 0;
            SM_TRY(page_read(&k->entries, page, s->page, err));
            s->cached = page + 1;
        }
    }
    from += place % PAGE_ITEMS(ENTRY_BYTES) * ENTRY_BYTES;
    *e = (kept_entry){(int64_t)sm_get_u64(from), sm_get_u32(from + 8), sm_get_u32(from + 12),
                      sm_get_u32(from + 16)};
    if (e->bytes >= RECORD_HEAD && e->id_bytes <= e->bytes - RECORD_HEAD && e->offset >= 0 &&
        e->offset <= k->records_end - (int64_t)e->bytes)
        return SM_OK;
    SM_FAIL(err, SM_EFORMAT, "%s: offset %" PRIu64 ": document %" PRIu32 ": no entry",
            k->entries.name, page * PAGE_BYTES, document);
}

/* The slot of a document that was read a while ago; NULL: it is not there any more. */
static const kept_slot *find_slot(const kept_scratch *s, uint32_t document)
{
    if (!s->slots) return NULL;
    const kept_slot *slot = &s->slots[document % KEPT_SLOTS];
    return slot->holds == (uint64_t)document + 1 ? slot : NULL;
}

int kept_docs_size(const kept_docs *k, uint32_t document, kept_scratch *s, uint32_t *n_set,
                   sm_error *err)
{
    kept_entry e = {0};
    if (document >= k->spilled) {
        *n_set = resident(k, document)->n_set;
        return SM_OK;
    }
    const kept_slot *slot = find_slot(s, document);
    if (!slot) SM_TRY(read_entry(k, document, s, &e, err));
    *n_set = slot ? slot->view.n_set : e.n_set;
    return SM_OK;
}

/* Reads a record into the scratch and compares its checksum. */
static int read_record(const kept_docs *k, uint32_t document, const kept_entry *e,
                       kept_scratch *s, sm_error *err)
{
    s->record.max = SIZE_MAX / 4;
    sm_buffer_clear(&s->record);
    char *room = sm_buffer_reserve(&s->record, (size_t)e->bytes + SET_CODE_PAD);
    SM_TRY(store_file_read(&k->records, room, e->bytes, e->offset, err));
    memset(room + e->bytes, 0, SET_CODE_PAD);
    const sm_span body = {room + RECORD_HEAD, e->bytes - RECORD_HEAD};
    if (sm_get_u64(room) == sm_hash64_seeded(body, document)) return SM_OK;
    SM_FAIL(err, SM_EHASH, "%s: offset %" PRId64 ": damaged: the checksum differs",
            k->records.name, e->offset);
}

/* Gives the payload that lies coded in the record. */
static bool read_payload(const kept_docs *k, sm_span coded, uint32_t n_set, void *payload)
{
    if (k->kind == PAYLOAD_SET) return set_decode(coded, n_set, payload);
    const size_t bytes = kept_payload_bytes(k, n_set);
    if (coded.n != bytes) return false;
    if (bytes > 0) memcpy(payload, coded.p, bytes);
    return true;
}

/* Decodes the record that was read: the payload in front, the id behind it. */
static bool decode(const kept_docs *k, const kept_entry *e, kept_scratch *s, kept_slot *slot)
{
    const char *id = s->record.p + RECORD_HEAD;
    const sm_span coded = {id + e->id_bytes, e->bytes - RECORD_HEAD - e->id_bytes};
    const size_t bytes = kept_payload_bytes(k, e->n_set);
    if (k->kind == PAYLOAD_SET && e->n_set > coded.n * 8)
        return false; /* a hash takes a bit at least: bounds what is allocated */
    slot->block = sm_malloc(bytes + e->id_bytes);
    s->decoded += bytes + e->id_bytes;
    if (e->id_bytes > 0) memcpy(slot->block + bytes, id, e->id_bytes);
    slot->view =
        (kept_view){{slot->block + bytes, e->id_bytes}, bytes ? slot->block : NULL, e->n_set};
    return read_payload(k, coded, e->n_set, slot->block);
}

static int fill_slot(const kept_docs *k, uint32_t document, kept_scratch *s, kept_slot *slot,
                     sm_error *err)
{
    kept_entry e = {0};
    SM_TRY(read_entry(k, document, s, &e, err));
    SM_TRY(read_record(k, document, &e, s, err));
    if (slot->block) s->decoded -= kept_payload_bytes(k, slot->view.n_set) + slot->view.id.n;
    sm_free(slot->block);
    *slot = (kept_slot){0};
    if (!decode(k, &e, s, slot))
        SM_FAIL(err, SM_EFORMAT,
                "%s: offset %" PRId64 ": document %" PRIu32 ": no set of shingles",
                k->records.name, e.offset, document);
    slot->holds = (uint64_t)document + 1;
    return SM_OK;
}

int kept_docs_read(const kept_docs *k, uint32_t document, kept_scratch *s, kept_view *view,
                   sm_error *err)
{
    if (document >= k->spilled) {
        *view = *resident(k, document);
        return SM_OK;
    }
    if (!find_slot(s, document)) {
        if (!s->slots) s->slots = sm_calloc(KEPT_SLOTS, sizeof *s->slots);
        if (s->decoded > KEPT_DECODED) drop_decoded(s);
        SM_TRY(fill_slot(k, document, s, &s->slots[document % KEPT_SLOTS], err));
    }
    *view = s->slots[document % KEPT_SLOTS].view;
    return SM_OK;
}
