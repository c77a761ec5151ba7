/* Marks: states that a tape can be released to, and what is forgotten then. */
#include "autograd/internal.h"

gd__tape_state gd__tape_now(gd_tape *tape)
{
    return (gd__tape_state){.headers = gd__arena_position(gd__tape_headers(tape)),
                            .nodes = gd__arena_position(&tape->nodes),
                            .data = gd__arena_position(&tape->data),
                            .gradients = gd__arena_position(&tape->gradients),
                            .node_count = tape->node_count,
                            .names = tape->names};
}

/* Headers stay where they are, so that who uses one can be told that it is gone: its epoch is 0.
 * A gradient stays valid while its owner does. The owner's header comes first, so this loop has
 * already decided about it.
 * The state moves behind the headers: they need not be visited again. */
void gd__tape_forget_since(gd_tape *tape, gd__tape_state *state)
{
    gd__position at = state->headers;
    gd_tensor *x;
    while ((x = gd__arena_next(gd__tape_headers(tape), &at, sizeof *x)) != NULL) {
        if (x->epoch == 0 || (x->owner != NULL && x->owner->epoch != 0))
            continue;
        x->epoch = 0;
        ++tape->forgotten;
    }
    gd__arena_rewind(&tape->nodes, state->nodes);
    gd__arena_rewind(&tape->data, state->data);
    gd__arena_rewind(&tape->gradients, state->gradients);
    tape->node_count = state->node_count;
    tape->names = state->names;
    if (tape->stamped > state->node_count)
        tape->stamped = state->node_count;
    gd__tape_state here = gd__tape_now(tape);
    here.first = state->first;
    here.last = state->last;
    *state = here;
}

static bool same_position(gd__position a, gd__position b)
{
    return a.block == b.block && a.used == b.used;
}

static bool same_state(const gd__tape_state *a, const gd__tape_state *b)
{
    return same_position(a->headers, b->headers) && same_position(a->nodes, b->nodes) &&
           same_position(a->data, b->data) && same_position(a->gradients, b->gradients) &&
           a->node_count == b->node_count && a->names == b->names;
}

gd_mark gd_tape_mark(gd_tape *tape)
{
    if (tape == NULL)
        return (gd_mark){.tape = NULL};
    gd_mark mark = {.tape = tape, .number = ++tape->mark_count};
    gd__tape_state here = gd__tape_now(tape), *last = NULL;
    if (tape->state_count > tape->states_floor)
        last = &tape->states[tape->state_count - 1];
    if (last != NULL && same_state(last, &here)) {
        last->last = mark.number;
        return mark;
    }
    if (tape->state_count == tape->state_capacity) {
        gd__tape_state *longer =
            gd__lengthened(tape->states, &tape->state_capacity, sizeof *longer, 8);
        if (longer == NULL) {
            tape->calling = "tape_mark";
            gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for a mark");
            return mark; /* no state has its number */
        }
        tape->states = longer;
    }
    here.first = here.last = mark.number;
    tape->states[tape->state_count++] = here;
    return mark;
}

/* The index of the state that a mark is valid for; -1: none. */
static int state_of(const gd_tape *tape, gd_mark mark)
{
    int k = mark.tape == tape ? tape->state_count - 1 : -1;
    while (k >= tape->states_floor && tape->states[k].first > mark.number)
        --k;
    return k >= tape->states_floor && mark.number <= tape->states[k].last ? k : -1;
}

void gd_tape_release(gd_tape *tape, gd_mark mark)
{
    if (tape == NULL)
        return;
    int k = state_of(tape, mark);
    if (k < 0) {
        tape->calling = "tape_release";
        gd_tape_fail(tape, GD_ERROR_STATE,
                     mark.tape != tape ? "the mark is of another tape"
                                       : "the mark is gone: the tape was reset, or released to an "
                                         "earlier mark, or the mark is of an op's caller");
        return;
    }
    tape->state_count = k + 1; /* later marks are gone */
    tape->states[k].last = mark.number;
    gd__tape_forget_since(tape, &tape->states[k]);
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_RELEASE, .count = tape->node_count});
}
