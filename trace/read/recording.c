/* Memory of a recording. */
#include "trace/read/recording.h"

#include <string.h>

struct gd__block {
    gd__block *next;
    size_t size;
};

void *gd__recording_take(gd__recording *r, size_t size)
{
    gd__block *block = gd_allocate(sizeof *block + size);
    if (block == NULL)
        return NULL;
    *block = (gd__block){r->blocks, sizeof *block + size};
    r->blocks = block;
    return memset(block + 1, 0, size);
}

char *gd__recording_text(gd__recording *r, const char *text, size_t length)
{
    char *copy = gd__recording_take(r, length + 1);
    return copy != NULL ? memcpy(copy, text, length) : NULL;
}

void *gd__array_add(gd__array *array)
{
    if (array->count == array->room) {
        int64_t room = array->room > 0 ? 2 * array->room : 32;
        void *longer = gd_allocate((size_t)room * array->size);
        if (longer == NULL)
            return NULL;
        if (array->count > 0)
            memcpy(longer, array->items, (size_t)array->count * array->size);
        gd_free(array->items, (size_t)array->room * array->size);
        array->items = longer;
        array->room = room;
    }
    return memset((char *)array->items + (size_t)array->count++ * array->size, 0, array->size);
}

void gd__array_free(gd__array *array)
{
    gd_free(array->items, (size_t)array->room * array->size);
}

void gd__event_free(gd_recorded_event *e)
{
    gd_tensor *const owned[] = {e->values.x, e->gives.x, e->before.x, e->after.x};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; ++k)
        gd_tensor_destroy(owned[k]);
}

void gd__recording_free(gd__recording *r)
{
    for (int64_t i = 0; i < r->events.count; ++i)
        gd__event_free(gd__event_at(r, i));
    gd__array_free(&r->events);
    gd__array_free(&r->nodes);
    gd__array_free(&r->gone);
    gd__array_free(&r->tensors);
    gd__array_free(&r->sources);
    while (r->blocks != NULL) {
        gd__block *block = r->blocks;
        r->blocks = block->next;
        gd_free(block, block->size);
    }
    gd_free(r, sizeof *r);
}
