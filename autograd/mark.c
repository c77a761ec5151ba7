/* Marks: places that a tape can be released to, and what is forgotten then. */
#include "autograd/internal.h"

gd__place gd__tape_place(const gd_tape *tape)
{
    return (gd__place){.headers = gd__arena_position(&tape->headers[tape->epoch % 2]),
                       .nodes = gd__arena_position(&tape->nodes),
                       .data = gd__arena_position(&tape->data),
                       .gradients = gd__arena_position(&tape->gradients),
                       .node_count = tape->node_count,
                       .names = tape->names};
}

/* Headers stay where they are, so that who uses one can be told that it is gone: its epoch is 0.
 * A gradient stays valid while its owner does. The owner's header comes first, so this loop has
 * already decided about it.
 * The place moves behind the headers: they need not be visited again. */
void gd__tape_forget_since(gd_tape *tape, gd__place *place)
{
    gd__position at = place->headers;
    gd_tensor *x;
    while ((x = gd__arena_next(gd__tape_headers(tape), &at, sizeof *x)) != NULL) {
        if (x->epoch == 0 || (x->owner != NULL && x->owner->epoch != 0))
            continue;
        x->epoch = 0;
        ++tape->forgotten;
    }
    gd__arena_rewind(&tape->nodes, place->nodes);
    gd__arena_rewind(&tape->data, place->data);
    gd__arena_rewind(&tape->gradients, place->gradients);
    tape->node_count = place->node_count;
    tape->names = place->names;
    if (tape->stamped > place->node_count)
        tape->stamped = place->node_count;
    gd__place here = gd__tape_place(tape);
    here.first = place->first;
    here.last = place->last;
    *place = here;
}

static bool same_position(gd__position a, gd__position b)
{
    return a.block == b.block && a.used == b.used;
}

static bool same_place(const gd__place *a, const gd__place *b)
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
    gd__place here = gd__tape_place(tape), *last = NULL;
    if (tape->place_count > tape->places_floor)
        last = &tape->places[tape->place_count - 1];
    if (last != NULL && same_place(last, &here)) {
        last->last = mark.number;
        return mark;
    }
    if (tape->place_count == tape->place_capacity) {
        gd__place *longer = gd__lengthened(tape->places, &tape->place_capacity, sizeof *longer, 8);
        if (longer == NULL) {
            tape->calling = "tape_mark";
            gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for a mark");
            return mark; /* no place has its number */
        }
        tape->places = longer;
    }
    here.first = here.last = mark.number;
    tape->places[tape->place_count++] = here;
    return mark;
}

/* The number of the place that a mark is valid for; -1: none. */
static int place_of(const gd_tape *tape, gd_mark mark)
{
    int k = mark.tape == tape ? tape->place_count - 1 : -1;
    while (k >= tape->places_floor && tape->places[k].first > mark.number)
        --k;
    return k >= tape->places_floor && mark.number <= tape->places[k].last ? k : -1;
}

void gd_tape_release(gd_tape *tape, gd_mark mark)
{
    if (tape == NULL)
        return;
    int k = place_of(tape, mark);
    if (k < 0) {
        tape->calling = "tape_release";
        gd_tape_fail(tape, GD_ERROR_STATE,
                     mark.tape != tape ? "the mark is of another tape"
                                       : "the mark is gone: the tape was reset, or released to an "
                                         "earlier mark, or the mark is of an op's caller");
        return;
    }
    tape->place_count = k + 1; /* later marks are gone */
    tape->places[k].last = mark.number;
    gd__tape_forget_since(tape, &tape->places[k]);
    if (tape->observer != NULL)
        gd__tell(tape, (gd_event){.kind = GD_EVENT_RELEASE, .count = tape->node_count});
}
