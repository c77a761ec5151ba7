/* The tape's life: steps, and the memory that they take. */
#include "autograd/internal.h"

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
    gd_tape *tape = gd_allocate(sizeof *tape);
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
    gd_free(tape->states, (size_t)tape->state_capacity * sizeof *tape->states);
    gd_free(tape->record, (size_t)tape->record_capacity * sizeof(gd_node *));
    gd_free(tape, sizeof *tape);
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
    tape->state_count = tape->states_floor = 0;
    tape->forgotten = 0;
    tape->node_count = tape->stamped = tape->unsited = 0;
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

static size_t sum_of(const gd_tape *tape, size_t (*bytes)(const gd__arena *arena))
{
    return bytes(&tape->headers[tape->epoch % 2]) + bytes(&tape->nodes) + bytes(&tape->data) +
           bytes(&tape->scratch) + bytes(&tape->gradients);
}

size_t gd_tape_bytes(const gd_tape *tape)
{
    if (tape == NULL)
        return 0;
    size_t forgotten = tape->forgotten * gd__round_up(sizeof(gd_tensor), GD__ALIGNMENT);
    return sum_of(tape, gd__arena_used) - forgotten;
}

size_t gd_tape_peak_bytes(const gd_tape *tape)
{
    return tape != NULL ? sum_of(tape, gd__arena_peak) : 0;
}

void gd_tape_set_rng(gd_tape *tape, gd_rng *rng)
{
    if (tape != NULL)
        tape->rng = rng;
}

gd_rng *gd_tape_rng(const gd_tape *tape)
{
    return tape != NULL ? tape->rng : NULL;
}

void gd_tape_set_pool(gd_tape *tape, gd_pool *pool)
{
    if (tape != NULL)
        tape->pool = pool;
}

gd_pool *gd_tape_pool(const gd_tape *tape)
{
    return tape != NULL ? tape->pool : NULL;
}
