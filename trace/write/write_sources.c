/* Source files: their names, and their text at the end of a trace. */
#include "trace/read/recording.h"
#include "trace/write/writer.h"

#include <string.h>

const char *gd__trace_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The end of the path with one part more than `name`, which is its end, too. NULL: there is no
 * more. */
static const char *with_folder(const char *path, const char *name)
{
    if (name == path || name - 1 == path)
        return NULL;
    for (name -= 2; name > path && name[-1] != '/';)
        --name;
    return name;
}

static bool is_taken(const gd_trace *t, const char *name)
{
    const gd__file *files = t->files.items;
    for (int64_t i = 0; i < t->files.count; ++i)
        if (strcmp(files[i].name, name) == 0)
            return true;
    return false;
}

static char *short_name(gd_trace *t, const char *path)
{
    const char *name = gd__trace_base_name(path), *longer = name;
    while (is_taken(t, name) && (longer = with_folder(path, longer)) != NULL)
        name = longer;
    bool is_whole = is_taken(t, name); /* there is no more of it: ./model.c beside model.c */
    gd__string_cut(&t->name, 0);
    gd__out_text(&t->name, is_whole ? "./" : "");
    gd__out_text(&t->name, name);
    return t->name.failed ? NULL : gd__trace_copy(t, t->name.text, t->name.length);
}

const char *gd__trace_file(gd_trace *t, const char *path)
{
    const gd__file *files = t->files.items;
    for (int64_t i = 0; i < t->files.count; ++i)
        if (strcmp(files[i].path, path) == 0)
            return files[i].name;
    gd__file new = {gd__trace_copy(t, path, strlen(path)), short_name(t, path)};
    gd__file *file = new.path != NULL &&new.name != NULL ? gd__trace_add(t, &t->files) : NULL;
    if (file != NULL) {
        *file = new;
        return new.name;
    }
    gd__trace_free_text(new.path);
    gd__trace_free_text(new.name);
    return NULL;
}

void gd__trace_free_files(gd_trace *t)
{
    gd__file *files = t->files.items;
    for (int64_t i = 0; i < t->files.count; ++i) {
        gd__trace_free_text(files[i].path);
        gd__trace_free_text(files[i].name);
    }
    gd__array_free(&t->files);
}

/* ---- texts ---- */

/* Reads folder/end, or `end` itself. false: it is not there. */
static bool read_there(const char *folder, const char *end, gd__file_text *text)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s%s%s", folder != NULL ? folder : "",
                     folder != NULL ? "/" : "", end);
    return n > 0 && (size_t)n < sizeof path && gd__file_text_read(path, text);
}

/* Finds the file: by its path, and then by ever shorter ends of it. */
static bool read_file(const gd_trace *t, const char *path, gd__file_text *text)
{
    while (*path != '\0') {
        if ((*path != '/' || t->source == NULL) && read_there(t->source, path, text))
            return true;
        path += strcspn(path, "/");
        path += strspn(path, "/");
    }
    return false;
}

void gd__trace_sources(gd_trace *t)
{
    for (int64_t i = 0; i < t->files.count; ++i) {
        gd__file_text text;
        const gd__file *file = (const gd__file *)t->files.items + i;
        if (t->is_broken || !read_file(t, file->path, &text))
            continue;
        gd__string *out = &t->pending;
        gd__string_cut(out, 0);
        gd__out_text(out, "{\"e\":\"source\"");
        gd__out_member(out, "file", file->name);
        gd__out_text(out, ",\"text\":");
        gd__out_string(out, text.bytes, text.size);
        gd__out_text(out, "}\n");
        bool is_text = memchr(text.bytes, '\0', text.size) == NULL;
        gd_free(text.bytes, text.room);
        if (is_text && !out->failed && t->bytes + (int64_t)out->length <= t->options.bytes)
            gd__trace_write(t, out->text, out->length);
    }
    gd__string_cut(&t->pending, 0);
}
