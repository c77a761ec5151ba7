/* Memory that is taken piece by piece and given back all at once, or back to a position. */
#ifndef GRADUS_AUTOGRAD_ARENA_H
#define GRADUS_AUTOGRAD_ARENA_H

#include "tensor/internal.h"

#include <gradus/autograd.h>

#if defined(__SANITIZE_ADDRESS__)
#define GD__ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GD__ADDRESS_SANITIZER 1
#endif
#endif

#ifdef GD__ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else /* what is given back may be read without a report */
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

typedef struct gd__block {
    struct gd__block *next;
    char *data;        /* aligned to GD__ALIGNMENT */
    size_t size, used; /* of data; multiples of the alignment */
    size_t allocated;  /* of the whole block */
} gd__block;

typedef struct gd__position {
    gd__block *block;
    size_t used;
} gd__position;

/* Chained blocks that never move, oldest first. All zero but `alignment`: an empty arena. */
typedef struct gd__arena {
    size_t alignment;           /* of every piece; a power of two */
    gd__block *first, *current; /* blocks after current are empty */
    size_t before;              /* bytes used in the blocks before current */
    bool stays_readable;        /* what is given back may be read, until the blocks are freed */
    size_t peak;                /* most bytes used before a rewind since the last reset */
} gd__arena;

/* NULL where there is no memory; the arena is unchanged then. The usual case is inline, as every
 * call of an op takes several pieces. */
void *gd__arena_take_slowly(gd__arena *arena, size_t size);
static inline void *gd__arena_take(gd__arena *arena, size_t size)
{
    gd__block *block = arena->current;
    if (block == NULL || block->size - block->used < size)
        return gd__arena_take_slowly(arena, size);
    char *piece = block->data + block->used;
    size_t rounded = gd__round_up(size, arena->alignment);
    block->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(piece, rounded);
    return piece;
}

static inline gd__position gd__arena_position(const gd__arena *arena)
{
    return (gd__position){arena->current, arena->current != NULL ? arena->current->used : 0};
}

/* Gives back what was taken since. */
void gd__arena_rewind_slowly(gd__arena *arena, gd__position position);
static inline void gd__arena_rewind(gd__arena *arena, gd__position position)
{
    if (position.block != arena->current ||
        (position.block != NULL && position.used != position.block->used))
        gd__arena_rewind_slowly(arena, position);
}

/* Gives all pieces back. Several blocks become one of their total size, so that the same use again
 * needs no allocation. */
void gd__arena_reset(gd__arena *arena);
/* Gives all pieces and the blocks back. */
void gd__arena_free(gd__arena *arena);

size_t gd__arena_used(const gd__arena *arena); /* bytes, now */
size_t gd__arena_peak(const gd__arena *arena); /* the most since the last reset */

/* Whether this piece was taken since position. */
bool gd__arena_is_since(const gd__arena *arena, gd__position position, const void *piece);

/* The first piece at or after position, which moves behind it; NULL: there is none. Every piece
 * was taken with this size. */
void *gd__arena_next(const gd__arena *arena, gd__position *position, size_t size);

#endif
