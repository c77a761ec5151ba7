/* A dictionary: distinct texts, numbered from 0 as they come. */
#ifndef GRADUS_DATA_LEVELS_H
#define GRADUS_DATA_LEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct gd__level {
    const char *text; /* in the dictionary's memory */
    double value;     /* for the owner to use */
} gd__level;

/* A text's key is itself up to 8 bytes, zeros behind; of a longer one 56 bits of hash under 0xff,
 * which is in no UTF-8 text. Keys stand apart, so that those of many columns fit into the nearest
 * cache. {0} is an empty dictionary. */
typedef struct gd__levels {
    int32_t
        *slot; /* [2^bits]: a level, or -1, where a key's hash says or as soon behind as is free */
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

/* The level that is a text of 1 to 8 bytes, by its key; -1: there is none. */
static inline int32_t gd__levels_find_key(const gd__levels *d, uint64_t key)
{
    if (d->count == 0)
        return -1;
    size_t mask = ((size_t)1 << d->bits) - 1, at = gd__slot_of(key, d->bits);
    while (d->slot[at] >= 0 && d->key[d->slot[at]] != key)
        at = (at + 1) & mask;
    return d->slot[at];
}

/* The level that is this text, which holds no 0 byte; -1: there is none. */
int32_t gd__levels_find(const gd__levels *d, const char *text, size_t length);

/* Adds a text that is not there: its level; -1: no memory, nothing has changed. */
int32_t gd__levels_add(gd__levels *d, const char *text, size_t length);

/* The level that is this text, which is added if there is none; -1: no memory. */
int32_t gd__levels_find_or_add(gd__levels *d, const char *text, size_t length);

/* order [count]: the levels by value if `by_value`, among equal ones and else by their bytes.
 * False: no memory. */
bool gd__levels_sort(const gd__levels *d, bool by_value, int32_t *order);

/* Gives back what finding and adding need. */
void gd__levels_close(gd__levels *d);
void gd__levels_destroy(gd__levels *d);

#endif
