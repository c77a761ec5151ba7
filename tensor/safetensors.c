/* Reading .safetensors files: a header, then all elements. As the format's description at
 * huggingface/safetensors has it. A file is believed only as far as it has been checked: every
 * byte belongs to one tensor, and until that is known no memory is asked for but the header's own
 * and a few times as much. */
#include "tensor/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static gd__safetensors_entry *entry_at(const gd_safetensors *f, int i)
{
    return (gd__safetensors_entry *)f->entries.items + i;
}

/* ---- elements ---- */

static int by_place(const void *a, const void *b)
{
    const gd__safetensors_entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The entries, put in order of their places, fill `bytes` bytes without a gap. */
static bool check_places(gd_safetensors *f, int64_t bytes)
{
    int64_t at = 0;
    gd__sort(f->entries.items, (size_t)f->entries.count, sizeof(gd__safetensors_entry), by_place);
    for (int i = 0; i < f->entries.count; ++i) {
        const gd__safetensors_entry *e = entry_at(f, i);
        if (e->begin != at)
            return gd__fail_entry(f->path, e->name,
                                  "it begins at byte %" PRId64
                                  " of the elements, and what is before "
                                  "it ends at %" PRId64 ": %s",
                                  e->begin, at, e->begin < at ? "they overlap" : "there is a gap");
        if (e->end > bytes)
            return gd__fail_entry(f->path, e->name,
                                  "it ends at byte %" PRId64 " of the elements, of %" PRId64
                                  " that are in the file",
                                  e->end, bytes);
        at = e->end;
    }
    if (at != bytes)
        gd_fail(GD_ERROR_FORMAT, "%s: %" PRId64 " bytes at the end belong to no entry", f->path,
                bytes - at);
    return at == bytes;
}

static bool read_elements(gd_safetensors *f, gd__file_reader *file)
{
    for (int i = 0; i < f->entries.count; ++i) {
        gd__safetensors_entry *e = entry_at(f, i);
        size_t bytes = (size_t)(e->end - e->begin);
        e->tensor = gd_tensor_create(e->dtype, e->ndim, e->shape);
        if (e->tensor == NULL)
            return gd__fail_memory("%s: no memory for the elements of an entry", f->path) != NULL;
        if (!gd__file_read(file, e->tensor->data, bytes, "elements"))
            return false;
        size_t wrong = e->dtype == GD_BOOL ? gd__find_not_bool(e->tensor->data, bytes) : bytes;
        if (wrong < bytes)
            return gd__fail_entry(f->path, e->name, "bool 0 or 1 is expected, found %d",
                                  ((const uint8_t *)e->tensor->data)[wrong]);
    }
    return true;
}

/* ---- what is public ---- */

static gd_safetensors *create(const char *path)
{
    size_t length = strlen(path) + 1;
    gd_safetensors *f = gd_allocate(sizeof *f + length);
    if (f == NULL)
        return gd__fail_memory("%s: no memory", path);
    *f = (gd_safetensors){.entries = {.size = sizeof(gd__safetensors_entry)},
                          .metadata = {.size = sizeof(gd_metadata)}};
    memcpy(f->path, path, length);
    return f;
}

gd_safetensors *gd_safetensors_open(const char *path)
{
    gd__file_reader file;
    if (path == NULL)
        return gd__fail_null("safetensors_open: the path is NULL");
    if (!gd__safetensors_can("safetensors_open") || !gd__file_open(&file, path))
        return NULL;
    gd_safetensors *f = create(path);
    bool ok = f != NULL && gd__safetensors_read_header(f, &file) &&
              check_places(f, file.size - file.at) && read_elements(f, &file);
    gd__file_close(&file);
    if (ok) {
        gd__sort_by_name(&f->entries);
        return f;
    }
    gd_safetensors_close(f);
    return NULL;
}

static void *find(const gd__named_list *l, const char *name)
{
    return l->count > 0 && name != NULL
               ? bsearch(&name, l->items, (size_t)l->count, l->size, gd__compare_names)
               : NULL;
}

static void free_list(gd__named_list *l)
{
    gd_free(l->items, (size_t)l->room * l->size);
}

void gd_safetensors_close(gd_safetensors *f)
{
    if (f == NULL)
        return;
    for (int i = 0; i < f->entries.count; ++i)
        gd_tensor_destroy(entry_at(f, i)->tensor);
    free_list(&f->entries);
    free_list(&f->metadata);
    gd_free(f->header, f->header_size);
    gd_free(f, sizeof *f + strlen(f->path) + 1);
}

const char *gd_safetensors_path(const gd_safetensors *f)
{
    return f != NULL ? f->path : NULL;
}

int gd_safetensors_count(const gd_safetensors *f)
{
    return f != NULL ? f->entries.count : 0;
}

const char *gd_safetensors_name(const gd_safetensors *f, int index)
{
    return index >= 0 && index < gd_safetensors_count(f) ? entry_at(f, index)->name : NULL;
}

const gd_tensor *gd_safetensors_at(const gd_safetensors *f, int index)
{
    return index >= 0 && index < gd_safetensors_count(f) ? entry_at(f, index)->tensor : NULL;
}

const gd_tensor *gd_safetensors_find(const gd_safetensors *f, const char *name)
{
    const gd__safetensors_entry *e = f != NULL ? find(&f->entries, name) : NULL;
    return e != NULL ? e->tensor : NULL;
}

const char *gd_safetensors_metadata(const gd_safetensors *f, const char *key)
{
    const gd_metadata *m = f != NULL ? find(&f->metadata, key) : NULL;
    return m != NULL ? m->value : NULL;
}
