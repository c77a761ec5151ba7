/* A dictionary of texts: a hash table with open addressing. */
#include "data/table/levels.h"
#include "tensor/internal.h"

#include <stdlib.h>

enum { SHORT = 8, FIRST_BITS = 4, FIRST_BLOCK = 256, LAST_BLOCK = 1 << 20 };

struct gd__text_block {
    struct gd__text_block *before;
    size_t size; /* of the allocation */
    char text[];
};

static uint64_t key_of(const char *text, size_t length)
{
    uint64_t key = 0;
    if (length <= SHORT) {
        char padded[SHORT] = {0};
        memcpy(padded, text, length);
        return gd__load8(padded);
    }
    for (size_t at = 0; at < length; at += SHORT) { /* the last eight bytes may overlap */
        size_t from = at + SHORT <= length ? at : length - SHORT;
        key = (key ^ gd__load8(text + from)) * 0x9fb21c651e98df25u;
        key ^= key >> 32;
    }
    return key | (uint64_t)0xff << 56;
}

static bool is_text(const gd__levels *d, int32_t level, uint64_t key, const char *text,
                    size_t length)
{
    if (d->key[level] != key)
        return false;
    const char *there = d->level[level].text;
    return length <= SHORT || (strncmp(there, text, length) == 0 && there[length] == '\0');
}

int32_t gd__levels_find(const gd__levels *d, const char *text, size_t length)
{
    if (d->count == 0)
        return -1;
    uint64_t key = key_of(text, length);
    size_t mask = ((size_t)1 << d->bits) - 1, at = gd__slot_of(key, d->bits);
    while (d->slot[at] >= 0 && !is_text(d, d->slot[at], key, text, length))
        at = (at + 1) & mask;
    return d->slot[at];
}

static void put_in_slot(gd__levels *d, int32_t level)
{
    size_t mask = ((size_t)1 << d->bits) - 1, at = gd__slot_of(d->key[level], d->bits);
    while (d->slot[at] >= 0)
        at = (at + 1) & mask;
    d->slot[at] = level;
}

/* Doubles the memory for levels and slots, of which half are always free. False: no memory. */
static bool grow(gd__levels *d)
{
    int bits = d->slot == NULL ? FIRST_BITS : d->bits + 1;
    if (bits > 31)
        return false;
    int32_t room = (int32_t)1 << (bits - 1);
    size_t slots = sizeof *d->slot << bits, keys = (size_t)room * sizeof *d->key;
    size_t levels = (size_t)room * sizeof *d->level;
    int32_t *slot = gd_allocate(slots);
    uint64_t *key = gd_allocate(keys);
    gd__level *level = gd_allocate(levels);
    if (slot == NULL || key == NULL || level == NULL) {
        gd_free(slot, slots);
        gd_free(key, keys);
        gd_free(level, levels);
        return false;
    }
    memset(slot, -1, slots);
    if (d->count > 0) {
        memcpy(key, d->key, (size_t)d->count * sizeof *key);
        memcpy(level, d->level, (size_t)d->count * sizeof *level);
    }
    gd__levels_close(d);
    gd_free(d->key, (size_t)d->room * sizeof *key);
    gd_free(d->level, (size_t)d->room * sizeof *level);
    d->slot = slot;
    d->key = key;
    d->level = level;
    d->room = room;
    d->bits = bits;
    for (int32_t i = 0; i < d->count; ++i)
        put_in_slot(d, i);
    return true;
}

/* A copy of the text that does not move. NULL: no memory. */
static const char *keep_text(gd__levels *d, const char *text, size_t length)
{
    if (length >= d->texts_left) {
        size_t size = d->texts == NULL ? FIRST_BLOCK : 2 * d->texts->size;
        size = size < LAST_BLOCK ? size : LAST_BLOCK;
        size_t needed = sizeof(struct gd__text_block) + length + 1;
        size = size > needed ? size : needed;
        struct gd__text_block *block = gd_allocate(size);
        if (block == NULL)
            return NULL;
        *block = (struct gd__text_block){.before = d->texts, .size = size};
        d->texts = block;
        d->texts_left = size - sizeof *block;
    }
    char *kept = (char *)d->texts + (d->texts->size - d->texts_left);
    memcpy(kept, text, length);
    kept[length] = '\0';
    d->texts_left -= length + 1;
    return kept;
}

int32_t gd__levels_add(gd__levels *d, const char *text, size_t length)
{
    if (d->count == d->room && !grow(d))
        return -1;
    const char *kept = keep_text(d, text, length);
    if (kept == NULL)
        return -1;
    d->key[d->count] = key_of(text, length);
    d->level[d->count] = (gd__level){.text = kept};
    put_in_slot(d, d->count);
    return d->count++;
}

int32_t gd__levels_find_or_add(gd__levels *d, const char *text, size_t length)
{
    int32_t level = gd__levels_find(d, text, length);
    return level >= 0 ? level : gd__levels_add(d, text, length);
}

void gd__levels_close(gd__levels *d)
{
    gd_free(d->slot, sizeof *d->slot << d->bits);
    d->slot = NULL;
}

void gd__levels_destroy(gd__levels *d)
{
    gd__levels_close(d);
    gd_free(d->key, (size_t)d->room * sizeof *d->key);
    gd_free(d->level, (size_t)d->room * sizeof *d->level);
    for (struct gd__text_block *block = d->texts, *before; block != NULL; block = before) {
        before = block->before;
        gd_free(block, block->size);
    }
    *d = (gd__levels){0};
}

/* ---- order ---- */

typedef struct sorted {
    uint64_t prefix; /* in the order of the texts' first eight bytes, or of the values */
    const char *text;
    int32_t level;
} sorted;

/* Maps doubles other than NaN to integers in the same order; -0 and 0 to the same one. */
static uint64_t order_of(double value)
{
    uint64_t bits, sign = (uint64_t)1 << 63;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

static int compare(const void *a, const void *b)
{
    const sorted *x = a, *y = b;
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    return strcmp(x->text, y->text);
}

bool gd__levels_sort(const gd__levels *d, bool by_value, int32_t *order)
{
    size_t count = (size_t)d->count;
    sorted *items = gd_allocate(count * sizeof *items);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < count; ++i) {
        const gd__level *level = &d->level[i];
        bool whole_key = d->key[i] >> 56 != 0xff;
        uint64_t bytes = __builtin_bswap64(whole_key ? d->key[i] : gd__load8(level->text));
        items[i] = (sorted){by_value ? order_of(level->value) : bytes, level->text, (int32_t)i};
    }
    qsort(items, count, sizeof *items, compare);
    for (size_t i = 0; i < count; ++i)
        order[i] = items[i].level;
    gd_free(items, count * sizeof *items);
    return true;
}
