/* A dictionary of distinct texts, numbered from 0 in the order in which they are added. */
#ifndef GRADUS_DATA_LEVELS_H
#define GRADUS_DATA_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct gd__level {
    const char *text; /* owned by the dictionary; does not move */
    double value;     /* for the owner of the dictionary */
} gd__level;

/* An open-addressing hash table; {0} is an empty dictionary. The key of a text of up to 8 bytes is
 * the text itself, padded with zeros. The key of a longer text is 0xff, a byte that UTF-8 never
 * has, and 56 bits of a hash. Keys are an array of their own, so that those of many columns fit
 * into the nearest cache. */
typedef struct gd__levels {
    int32_t *slot; /* [2^bits]: a level, or -1; the hash of the key says where the search begins */
    uint64_t *key; /* [room] */
    int32_t count, room;
    int bits;
    gd__level *level; /* [room] */
    struct gd__text_block *texts;
    size_t texts_left;
} gd__levels;

/* Eight bytes, the first one lowest. */
static inline uint64_t gd__load8(const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

static inline size_t gd__slot_of(uint64_t key, int bits)
{
    return (size_t)((key * 0x9e3779b97f4a7c15u) >> (64 - bits));
}

/* The level of a text of 1 to 8 bytes, by its key; -1: none. */
static inline int32_t gd__levels_find_key(const gd__levels *d, uint64_t key)
{
    if (d->count == 0)
        return -1;
    size_t mask = ((size_t)1 << d->bits) - 1, at = gd__slot_of(key, d->bits);
    while (d->slot[at] >= 0 && d->key[d->slot[at]] != key)
        at = (at + 1) & mask;
    return d->slot[at];
}

/* The level of a text without 0 bytes; -1: none. */
int32_t gd__levels_find(const gd__levels *d, const char *text, size_t length);

/* Adds a text that the dictionary does not have, and returns its level; -1: no memory, nothing has
 * changed. */
int32_t gd__levels_add(gd__levels *d, const char *text, size_t length);

/* The level of a text, which is added if it is new; -1: no memory. */
int32_t gd__levels_find_or_add(gd__levels *d, const char *text, size_t length);

/* Sorts the levels into order [count]: by value if `by_value`; equal values, or all levels if not,
 * by their bytes. False: no memory. */
bool gd__levels_sort(const gd__levels *d, bool by_value, int32_t *order);

/* Frees what only finding and adding need. */
void gd__levels_close(gd__levels *d);
void gd__levels_destroy(gd__levels *d);

#endif
