#include "autograd/arena.h"
#include "tensor/internal.h"

/* A new block is as large as the arena so far, at least 16 KiB and at most 1 MiB, unless one piece
 * needs more: a long warm-up takes few blocks, and a large arena wastes little. */
static const size_t least_block = (size_t)16 << 10, most_growth = (size_t)1 << 20;

static gd__block *new_block(size_t size)
{
    size = gd__round_up(size, GD__ALIGNMENT);
    size_t allocated = sizeof(gd__block) + GD__ALIGNMENT + size;
    gd__block *block = gd_allocate(allocated);
    if (block == NULL)
        return NULL;
    char *data = (char *)(block + 1);
    data += (GD__ALIGNMENT - (uintptr_t)data % GD__ALIGNMENT) % GD__ALIGNMENT;
    *block = (gd__block){.data = data, .size = size, .allocated = allocated};
    ASAN_POISON_MEMORY_REGION(data, size);
    return block;
}

static void free_block(gd__block *block)
{
    ASAN_UNPOISON_MEMORY_REGION(block->data, block->size);
    gd_free(block, block->allocated);
}

static size_t total_size(const gd__arena *arena)
{
    size_t total = 0;
    for (const gd__block *block = arena->first; block != NULL; block = block->next)
        total += block->size;
    return total;
}

/* Makes current a block with `size` bytes free: the next if it is large enough, or a new one. */
static bool grow(gd__arena *arena, size_t size)
{
    gd__block *current = arena->current, *next = current != NULL ? current->next : NULL;
    if (next == NULL || next->size < size) {
        size_t total = total_size(arena), growth = total < most_growth ? total : most_growth;
        growth = growth > least_block ? growth : least_block;
        gd__block *block = new_block(size > growth ? size : growth);
        if (block == NULL)
            return false;
        block->next = next;
        next = block;
        if (current != NULL)
            current->next = block;
        else
            arena->first = block;
    }
    if (current != NULL)
        arena->before += current->used;
    arena->current = next;
    return true;
}

void *gd__arena_take_slowly(gd__arena *arena, size_t size)
{
    if (size > PTRDIFF_MAX / 2 || !grow(arena, size))
        return NULL;
    return gd__arena_take(arena, size);
}

void gd__arena_rewind_slowly(gd__arena *arena, gd__position position)
{
    gd__block *to = position.block != NULL ? position.block : arena->first; /* NULL: at the start */
    if (to == NULL)
        return;
    size_t used = gd__arena_used(arena);
    arena->peak = used > arena->peak ? used : arena->peak;
    size_t kept = position.used;
    for (gd__block *block = to; block != NULL; block = block->next) {
        if (!arena->stays_readable) /* AddressSanitizer reports the use of what was given back */
            ASAN_POISON_MEMORY_REGION(block->data + kept, block->used - kept);
        block->used = kept;
        kept = 0;
    }
    arena->current = to;
    arena->before = 0;
    for (const gd__block *block = arena->first; block != to; block = block->next)
        arena->before += block->used;
}

void gd__arena_reset(gd__arena *arena)
{
    if (arena->first != NULL && arena->first->next != NULL) {
        size_t total = total_size(arena);
        gd__arena_free(arena);
        arena->first = arena->current = new_block(total); /* NULL: the next take tries again */
    } else {
        gd__arena_rewind(arena, (gd__position){NULL, 0});
    }
    arena->peak = 0;
}

void gd__arena_free(gd__arena *arena)
{
    for (gd__block *block = arena->first; block != NULL;) {
        gd__block *next = block->next;
        free_block(block);
        block = next;
    }
    arena->first = arena->current = NULL;
    arena->before = arena->peak = 0;
}

size_t gd__arena_used(const gd__arena *arena)
{
    return arena->before + (arena->current != NULL ? arena->current->used : 0);
}

size_t gd__arena_peak(const gd__arena *arena)
{
    size_t used = gd__arena_used(arena);
    return used > arena->peak ? used : arena->peak;
}

bool gd__arena_is_since(const gd__arena *arena, gd__position position, const void *piece)
{
    const gd__block *block = position.block != NULL ? position.block : arena->first;
    uintptr_t address = (uintptr_t)piece;
    for (size_t from = position.used; block != NULL; block = block->next, from = 0)
        if (address >= (uintptr_t)(block->data + from) &&
            address < (uintptr_t)(block->data + block->used))
            return true;
    return false;
}

void *gd__arena_next(const gd__arena *arena, gd__position *position, size_t size)
{
    gd__block *block = position->block != NULL ? position->block : arena->first;
    for (; block != NULL && position->used >= block->used; block = block->next)
        position->used = 0;
    position->block = block;
    if (block == NULL)
        return NULL;
    void *piece = block->data + position->used;
    position->used += gd__round_up(size, arena->alignment);
    return piece;
}
