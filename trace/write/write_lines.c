/* Lines on their way to the file, and the error that ends a trace. */
#include "trace/operand_names.h"
#include "trace/write/writer.h"

#include <errno.h>
#include <string.h>

/* ---- errors and memory ---- */

void gd__trace_fail(gd_trace *t, gd_status status, const char *why)
{
    if (t->status != GD_OK)
        return;
    t->status = status;
    snprintf(t->message, sizeof t->message, "%s", why);
    t->has_stopped = true;
}

void gd__trace_fail_memory(gd_trace *t)
{
    gd__trace_fail(t, GD_ERROR_MEMORY, "no memory to go on with the trace");
}

void *gd__trace_add(gd_trace *t, gd__array *array)
{
    void *item = gd__array_add(array);
    if (item == NULL)
        gd__trace_fail_memory(t);
    return item;
}

/* A text knows its size: gd_free asks for it. */
char *gd__trace_copy(gd_trace *t, const char *text, size_t length)
{
    size_t size = sizeof size + length + 1;
    char *copy = gd_allocate(size);
    if (copy == NULL) {
        gd__trace_fail_memory(t);
        return NULL;
    }
    memcpy(copy, &size, sizeof size);
    copy += sizeof size;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void gd__trace_free_text(char *text)
{
    size_t size;
    if (text == NULL)
        return;
    text -= sizeof size;
    memcpy(&size, text, sizeof size);
    gd_free(text, size);
}

/* ---- lines ---- */

void gd__trace_write(gd_trace *t, const char *bytes, size_t n)
{
    if (n == 0 || t->is_broken)
        return;
    errno = 0;
    if (fwrite(bytes, 1, n, t->file) == n) {
        t->bytes += (int64_t)n;
        return;
    }
    t->is_broken = true;
    gd__trace_fail(t, GD_ERROR_IO, errno != 0 ? strerror(errno) : "it cannot be written");
}

void gd__trace_stop(gd_trace *t, const char *why)
{
    char line[160];
    int n = snprintf(line, sizeof line, "{\"e\":\"stopped\",\"why\":\"%s\"}\n", why);
    t->has_stopped = true;
    t->gaps.count = t->unplaced.count = 0;
    gd__string_cut(&t->pending, 0);
    gd__trace_write(t, line, (size_t)n);
}

/* The leaf's name as the call has it that waits for its place, if there is one. */
static void fill_gap(gd_trace *t, const gd__gap *gap)
{
    gd__written *leaf = gd__written_at(t, gap->written);
    const char *name;
    size_t length = t->call.length > 0 ? gd__argument_name(gap->op, gap->operand, t->call.text,
                                                           t->arguments.text, &name)
                                       : 0;
    if (leaf->name == NULL && length > 0)
        leaf->name = gd__trace_copy(t, name, length);
    if (leaf->name == NULL)
        return;
    gd__string_cut(&t->name, 0);
    gd__out_member(&t->name, "name", leaf->name);
    gd__trace_write(t, t->name.text, t->name.length);
}

/* Whether the pending lines may be written: there was memory for all of them, and there is room
 * for them beside the sources and the line that says why it stopped. */
static bool may_write(gd_trace *t)
{
    int64_t most = t->options.bytes - t->options.bytes / 16 - 256;
    if (t->pending.failed || t->part.failed || t->name.failed || t->call.failed ||
        t->arguments.failed)
        gd__trace_fail_memory(t);
    if (t->status != GD_OK || t->has_stopped)
        return false;
    if (t->bytes + (int64_t)t->pending.length <= most)
        return true;
    char why[80];
    snprintf(why, sizeof why, "the trace would be longer than %lld bytes",
             (long long)t->options.bytes);
    gd__trace_stop(t, why);
    return false;
}

void gd__trace_flush(gd_trace *t)
{
    size_t at = 0;
    if (may_write(t)) {
        const gd__gap *gaps = t->gaps.items;
        for (int64_t i = 0; i < t->gaps.count; ++i) {
            gd__trace_write(t, t->pending.text + at, gaps[i].at - at);
            at = gaps[i].at;
            fill_gap(t, &gaps[i]);
        }
        gd__trace_write(t, t->pending.text + at, t->pending.length - at);
    }
    t->gaps.count = 0;
    gd__string_cut(&t->pending, 0);
    if (!t->is_broken && fflush(t->file) != 0) {
        t->is_broken = true;
        gd__trace_fail(t, GD_ERROR_IO, strerror(errno));
    }
}
