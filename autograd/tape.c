/* The tape's life: steps, and its first error. */
#include "autograd/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* A debug build gives headers of two steps ago back to the allocator, so that memory checkers see
 * their use. */
#ifdef NDEBUG
static const bool reuse_headers = true;
#else
static const bool reuse_headers = false;
#endif

gd_tape *gd_tape_create(void)
{
    gd_tape *tape = gd__allocate(sizeof *tape);
    if (tape == NULL)
        return gd__fail_memory("tape_create: no memory");
    *tape = (gd_tape){.recording = true, .epoch = 1};
    tape->headers[0].alignment = tape->headers[1].alignment = GD__ALIGNMENT;
    tape->headers[0].stays_readable = tape->headers[1].stays_readable = true;
    tape->nodes.alignment = sizeof(void *);
    tape->data.alignment = tape->scratch.alignment = tape->gradients.alignment = GD__ALIGNMENT;
    return tape;
}

void gd_tape_destroy(gd_tape *tape)
{
    if (tape == NULL)
        return;
    gd__arena_free(&tape->headers[0]);
    gd__arena_free(&tape->headers[1]);
    gd__arena_free(&tape->nodes);
    gd__arena_free(&tape->data);
    gd__arena_free(&tape->scratch);
    gd__arena_free(&tape->gradients);
    gd__forget_leaf_names(tape);
    gd__free(tape->places, (size_t)tape->place_capacity * sizeof *tape->places);
    gd__free(tape->record, (size_t)tape->record_capacity * sizeof(gd_node *));
    gd__free(tape, sizeof *tape);
}

void gd_tape_reset(gd_tape *tape)
{
    if (tape == NULL)
        return;
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_RESET});
    ++tape->epoch;
    if (reuse_headers)
        gd__arena_reset(gd__tape_headers(tape));
    else
        gd__arena_free(gd__tape_headers(tape));
    gd__arena_reset(&tape->nodes);
    gd__arena_reset(&tape->data);
    gd__arena_reset(&tape->scratch);
    gd__arena_reset(&tape->gradients);
    tape->place_count = tape->places_floor = 0;
    tape->forgotten = 0;
    tape->node_count = tape->stamped = tape->unplaced = 0;
    tape->names = NULL;
    tape->status = GD_OK;
    tape->message[0] = '\0';
    tape->file = NULL;
    tape->calling = NULL;
}

bool gd_tape_set_recording(gd_tape *tape, bool recording)
{
    bool before = tape != NULL && tape->recording;
    if (tape != NULL)
        tape->recording = recording;
    return before;
}

static const size_t header_size =
    (sizeof(gd_tensor) + GD__ALIGNMENT - 1) / GD__ALIGNMENT * GD__ALIGNMENT;

size_t gd_tape_bytes(const gd_tape *tape)
{
    if (tape == NULL)
        return 0;
    return gd__arena_used(&tape->headers[tape->epoch % 2]) + gd__arena_used(&tape->nodes) +
           gd__arena_used(&tape->data) + gd__arena_used(&tape->scratch) +
           gd__arena_used(&tape->gradients) - tape->forgotten * header_size;
}

size_t gd_tape_peak_bytes(const gd_tape *tape)
{
    if (tape == NULL)
        return 0;
    return tape->headers[tape->epoch % 2].peak + tape->nodes.peak + tape->data.peak +
           tape->scratch.peak + tape->gradients.peak;
}

/* ---- errors ---- */

void gd_tape_set_rng(gd_tape *tape, gd_rng *rng)
{
    if (tape != NULL)
        tape->rng = rng;
}

gd_rng *gd_tape_rng(const gd_tape *tape)
{
    return tape != NULL ? tape->rng : NULL;
}

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
    bool is_named = tape->calling != NULL && *tape->calling == '\0';
    const char *name = tape->calling_as != NULL ? tape->calling_as : tape->calling;
    if (name != NULL && !is_named)
        at = (size_t)snprintf(tape->message, sizeof tape->message, "%s: ", name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(tape->message + at, sizeof tape->message - at, format, arguments);
    va_end(arguments);
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_ERROR});
    return false;
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

static void set_place(gd_tape *tape, const char *file, int line)
{
    char prefix[GD__MESSAGE_SIZE / 2];
    tape->file = file;
    snprintf(prefix, sizeof prefix, "%s:%d: ", file, line);
    prefix_message(tape, prefix);
}

void gd__tape_fail_at(gd_tape *tape, const gd_node *node)
{
    if (tape->file == NULL && node->file != NULL)
        set_place(tape, node->file, node->line);
}

static void stamp(gd_tape *tape, const char *file, int line, const char *text)
{
    if (tape->observer != NULL && tape->telling)
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
        set_place(tape, file, line);
    if (tape->observer != NULL)
        gd__tell_place(tape, is_error, file, line, text);
}

gd_tensor *gd_at(gd_tape *tape, gd_tensor *result, const char *file, int line, const char *text)
{
    (void)text;
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

bool gd_check_operand(gd_tape *tape, const gd_tensor *x, const char *name)
{
    if (x == NULL)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%s is NULL", name);
    if (x->tape != NULL && x->tape != tape)
        return gd_tape_fail(tape, GD_ERROR_STATE, "%s is of another tape", name);
    if (x->tape != NULL && (x->epoch != tape->epoch || (x->root != NULL && x->root->tape != NULL &&
                                                        x->root->epoch != tape->epoch)))
        return gd_tape_fail(tape, GD_ERROR_STATE,
                            "%s was made before the tape was reset or released: it is gone", name);
    if (x->ndim < 0)
        return gd_tape_fail(tape, GD_ERROR_ARGUMENT, "%s is a failed view (%s)", name,
                            gd_message());
    if (x->requires_grad && !gd_dtype_is_float(x->dtype))
        return gd_tape_fail(tape, GD_ERROR_DTYPE,
                            "%s is %s and requires a gradient; only float32 and float64 "
                            "tensors have gradients",
                            name, gd_dtype_name(x->dtype));
    return true;
}
