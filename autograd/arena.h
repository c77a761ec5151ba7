/* Memory that is taken piece by piece and given back all at once, or down to an earlier position. */
#ifndef GRADUS_AUTOGRAD_ARENA_H
#define GRADUS_AUTOGRAD_ARENA_H

#include <gradus/autograd.h>

typedef struct gd__position {
    struct gd__block *block;
    size_t used;
} gd__position;

/* Chained blocks that never move, oldest first. All zero but `alignment`: an empty arena. */
typedef struct gd__arena {
    size_t alignment;                  /* of every piece; a power of two */
    struct gd__block *first, *current; /* blocks after current are empty */
    size_t before;                     /* bytes used in the blocks before current */
    bool stays_readable; /* what is given back may be read, until the blocks are freed */
    size_t peak;         /* most bytes used since the last reset */
} gd__arena;

/* NULL where there is no memory; the arena is unchanged then. */
void *gd__arena_take(gd__arena *arena, size_t size);

gd__position gd__arena_position(const gd__arena *arena);
void gd__arena_rewind(gd__arena *arena, gd__position position);

/* Gives all pieces back. Several blocks become one of their total size, so that the same use again
 * needs no allocation. */
void gd__arena_reset(gd__arena *arena);
/* Gives all pieces and the blocks back. */
void gd__arena_free(gd__arena *arena);

size_t gd__arena_used(const gd__arena *arena);

/* Whether this piece was taken since position. */
bool gd__arena_is_since(const gd__arena *arena, gd__position position, const void *piece);

/* Calls visit for each piece taken since position, the first one first; every piece was taken with
 * this size. */
void gd__arena_each(gd__arena *arena, gd__position position, size_t size,
                    void (*visit)(void *piece, void *context), void *context);

#endif
