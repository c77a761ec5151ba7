/* The first error of a tape, the function that it names, and its site: the file and line of
 * your call. */
#include "autograd/internal.h"

#include <stdarg.h>
#include <string.h>

gd_status gd_tape_status(const gd_tape *tape)
{
    return tape != NULL ? tape->status : GD_ERROR_ARGUMENT;
}

const char *gd_tape_message(const gd_tape *tape)
{
    return tape != NULL ? tape->message : "the tape is NULL";
}

bool gd_tape_fail(gd_tape *tape, gd_status status, const char *format, ...)
{
    if (tape == NULL || tape->status != GD_OK) /* the first error explains the later ones */
        return false;
    tape->status = status;
    tape->file = NULL;
    size_t at = 0;
    const char *name = tape->calling_as != NULL ? tape->calling_as : tape->calling;
    if (name != NULL)
        at = (size_t)snprintf(tape->message, sizeof tape->message, "%s: ", name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(tape->message + at, sizeof tape->message - at, format, arguments);
    va_end(arguments);
    if (tape->observer != NULL && !tape->telling)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_ERROR});
    return false;
}

bool gd__tape_fail_as_said(gd_tape *tape, gd_status status)
{
    const char *said = gd_message(), *name_end = strstr(said, ": ");
    return gd_tape_fail(tape, status, "%s", name_end != NULL ? name_end + 2 : said);
}

const char *gd_call_begin(gd_tape *tape, const char *name)
{
    if (tape == NULL)
        return NULL;
    const char *before = tape->calling_as;
    tape->calling_as = before != NULL ? before : name;
    return before;
}

gd_tensor *gd_call_end(gd_tape *tape, const char *before, gd_tensor *result)
{
    if (tape != NULL)
        tape->calling_as = before;
    return result;
}

/* Puts `prefix` in front of the message; what does not fit is cut at the end. */
static void prefix_message(gd_tape *tape, const char *prefix)
{
    size_t length = strlen(prefix), size = sizeof tape->message;
    length = length < size ? length : size - 1;
    memmove(tape->message + length, tape->message, size - length);
    memcpy(tape->message, prefix, length);
    tape->message[size - 1] = '\0';
}

static __attribute__((cold)) void set_site(gd_tape *tape, const char *file, int line)
{
    char prefix[GD__MESSAGE_SIZE / 2];
    tape->file = file;
    snprintf(prefix, sizeof prefix, "%s:%d: ", file, line);
    prefix_message(tape, prefix);
}

void gd__tape_fail_at(gd_tape *tape, const gd_node *node)
{
    if (tape->file == NULL && node->file != NULL)
        set_site(tape, node->file, node->line);
}

static void stamp(gd_tape *tape, const char *file, int line, const char *text)
{
    if (tape->telling)
        return;
    for (; tape->stamped < tape->node_count; ++tape->stamped) {
        gd_node *node = tape->record[tape->stamped];
        if (node->file != NULL) /* of a recorded gradient: it has its forward call's */
            continue;
        node->file = file;
        node->line = line;
        node->text = text;
    }
    bool is_error = tape->status != GD_OK && tape->file == NULL;
    if (is_error)
        set_site(tape, file, line);
    if (tape->observer != NULL)
        gd__tell_site(tape, is_error, file, line, text);
}

gd_tensor *gd_at(gd_tape *tape, gd_tensor *result, const char *file, int line, const char *text)
{
    if (tape != NULL)
        stamp(tape, file, line, text);
    return result;
}

gd_status gd_status_at(gd_tape *tape, gd_status status, const char *file, int line,
                       const char *text)
{
    if (tape != NULL)
        stamp(tape, file, line, text);
    return status;
}
