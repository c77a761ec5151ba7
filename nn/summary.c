/* The table of a model's layers. */
#include "nn/parameters.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

typedef struct table {
    char *buffer;
    size_t size;
    int length;
    bool has_parts; /* a module inside the one that ends next has a row */
    bool measures;  /* only finds the widths of the first two columns */
    int width[2];
} table;

static void append(table *summary, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(table *summary, const char *format, ...)
{
    size_t at = (size_t)summary->length < summary->size ? (size_t)summary->length : summary->size;
    va_list arguments;
    va_start(arguments, format);
    summary->length += vsnprintf(at < summary->size ? summary->buffer + at : NULL,
                                 summary->size - at, format, arguments);
    va_end(arguments);
}

/* A row: "name kind" (or one of the two), shape, number. */
static void append_row(table *summary, const char *name, const char *kind, const char *shape,
                       const char *number)
{
    const char *space = name[0] != '\0' && kind[0] != '\0' ? " " : "";
    int used[2] = {(int)(strlen(name) + strlen(space) + strlen(kind)), (int)strlen(shape)};
    for (int i = 0; i < 2 && summary->measures; ++i)
        summary->width[i] = used[i] > summary->width[i] ? used[i] : summary->width[i];
    if (!summary->measures)
        append(summary, "%s%s%s%*s  %-*s  %10s\n", name, space, kind, summary->width[0] - used[0],
               "", summary->width[1], shape, number);
}

static void append_count(table *summary, const char *name, const char *kind, const char *shape,
                         int64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, count);
    append_row(summary, name, kind, shape, text);
}

/* Elements of the parameters that this module itself has made (NULL: that no module has). */
static int64_t own_numel(const gd_parameters *parameters, const gd_module *module)
{
    int64_t numel = 0;
    for (const gd__entry *entry = parameters->first; entry != NULL; entry = entry->next)
        if (!entry->is_buffer && entry->owner == module)
            numel += gd_tensor_numel(&entry->tensor);
    return numel;
}

/* A row for a module that has parameters of its own, or no parts with a row. */
static void watch(void *watcher, const gd_module *module, const gd_tensor *y)
{
    table *summary = watcher;
    char shape[GD__SHAPE_TEXT];
    bool begins = y == NULL, has_parts = summary->has_parts;
    summary->has_parts = !begins;
    int64_t numel = begins ? 0 : own_numel(module->parameters, module);
    if (!begins && (!has_parts || numel > 0))
        append_count(summary, module->name, module->kind != NULL ? module->kind : "",
                     gd__shape_text(shape, y->ndim, y->shape), numel);
}

/* Passes x through the model on a tape of its own, and watches. */
static bool run(table *summary, gd_module *model, gd_tensor *x)
{
    gd_parameters *parameters = model->parameters;
    gd_tape *tape = gd_tape_create();
    if (tape == NULL)
        return false;
    append_row(summary, "layer", "", "output", "parameters");
    gd_tape_set_recording(tape, false);
    bool training = parameters->training;
    parameters->training = false;
    parameters->watch = watch;
    parameters->watcher = summary;
    bool ok = gd_module_forward(tape, model, x) != NULL;
    parameters->watch = NULL;
    parameters->training = training;
    if (!ok)
        gd_fail(GD_ERROR_SHAPE, "summary: %s", gd_tape_message(tape));
    gd_tape_destroy(tape);
    int64_t others = own_numel(parameters, NULL);
    if (others > 0)
        append_count(summary, "(of no layer)", "", "", others);
    append_count(summary, "all", "", "", gd_parameters_numel(parameters));
    return ok;
}

int gd_summary_format(char *buffer, size_t size, gd_module *model, gd_tensor *x)
{
    if (model == NULL || x == NULL || (buffer == NULL && size > 0)) {
        gd_fail(GD_ERROR_ARGUMENT, "summary: the model, x or the buffer is NULL");
        return -1;
    }
    table summary = {.buffer = buffer, .size = size, .measures = true};
    if (!run(&summary, model, x))
        return -1;
    summary.measures = false;
    return run(&summary, model, x) ? summary.length : -1;
}

gd_status gd_summary_fprint(FILE *file, gd_module *model, gd_tensor *x)
{
    int length = gd_summary_format(NULL, 0, model, x);
    if (length < 0)
        return GD_ERROR_ARGUMENT;
    char *text = gd_allocate((size_t)length + 1);
    if (text == NULL)
        return gd_fail(GD_ERROR_MEMORY, "summary: no memory");
    gd_summary_format(text, (size_t)length + 1, model, x);
    bool written = fputs(text, file) >= 0;
    gd_free(text, (size_t)length + 1);
    return written ? GD_OK : gd_fail(GD_ERROR_IO, "summary: writing failed");
}
