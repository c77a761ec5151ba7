/* Files that are read whole: a trace, and the source files that it names. */
#include "trace/read/recording.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool fail_with(const char *path, int error)
{
    gd_fail(GD_ERROR_IO, "%s: %s", path, strerror(error));
    return false;
}

static bool read_bytes(const char *path, FILE *file, size_t size, gd__file_text *text)
{
    text->bytes = gd_allocate(size);
    text->room = size;
    if (text->bytes == NULL) {
        gd_fail(GD_ERROR_MEMORY, "%s: no memory for its %zu bytes", path, size);
        return false;
    }
    errno = 0;
    text->size = fread(text->bytes, 1, size, file); /* it may have become shorter meanwhile */
    bool ok = !ferror(file);
    int error = errno;
    if (!ok)
        gd_free(text->bytes, size);
    return ok || fail_with(path, error);
}

bool gd__file_text_read(const char *path, gd__file_text *text)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        int error = errno;
        if (file != NULL)
            fclose(file);
        return fail_with(path, error);
    }
    size_t size = (size_t)status.st_size;
    bool ok = S_ISREG(status.st_mode) ? read_bytes(path, file, size, text)
                                      : fail_with(path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
    fclose(file);
    return ok;
}

/* ---- sources ---- */

/* A name that leads out of the folder is none of a source file. */
static bool stays_inside(const char *name)
{
    return *name != '/' && strcmp(name, "..") != 0 && strncmp(name, "../", 3) != 0 &&
           strstr(name, "/../") == NULL;
}

static bool is_utf8(const char *text)
{
    for (size_t n; *text != '\0'; text += n)
        if ((n = gd_utf8_length(text)) == 0)
            return false;
    return true;
}

static gd_recorded_source *find_source(const gd__recording *r, const char *file)
{
    gd_recorded_source *sources = r->sources.items;
    for (int64_t i = 0; i < r->sources.count; ++i)
        if (strcmp(sources[i].file, file) == 0)
            return &sources[i];
    return NULL;
}

/* Takes the file of this name in the folder for the trace's own, if it is there. False: no
 * memory. */
static bool read_source(gd__recording *r, const char *file)
{
    char path[4096];
    gd__file_text text = {.bytes = NULL};
    int length = snprintf(path, sizeof path, "%s/%s", r->options->source, file);
    if (!stays_inside(file) || length < 0 || (size_t)length >= sizeof path)
        return true;
    if (!gd__file_text_read(path, &text))
        return gd_message_status() != GD_ERROR_MEMORY;
    char *copy = gd__recording_text(r, text.bytes, text.size);
    gd_free(text.bytes, text.room);
    gd_recorded_source *source = find_source(r, file);
    if (source == NULL && copy != NULL && is_utf8(copy) &&
        (source = gd__array_add(&r->sources)) != NULL)
        source->file = file;
    if (source != NULL && copy != NULL && is_utf8(copy))
        source->text = copy;
    return copy != NULL;
}

/* Whether the list has the name; otherwise it is added, if there is memory. */
static bool has_seen(gd__array *names, const char *file)
{
    const char **list = names->items;
    for (int64_t i = 0; i < names->count; ++i)
        if (strcmp(list[i], file) == 0)
            return true;
    const char **added = gd__array_add(names);
    if (added != NULL)
        *added = file;
    return false;
}

bool gd__recording_read_sources(gd__recording *r)
{
    bool ok = true;
    gd__array seen = {.size = sizeof(const char *)};
    for (int64_t i = 0; ok && i < r->nodes.count; ++i) {
        const char *file = gd__node_at(r, i)->file;
        if (file != NULL && !has_seen(&seen, file))
            ok = read_source(r, file);
    }
    gd__array_free(&seen);
    r->shown.sources = r->sources.items;
    r->shown.n_sources = r->sources.count;
    if (!ok)
        gd_fail(GD_ERROR_MEMORY, "%s: no memory to read its sources", r->name);
    return ok;
}
