/* Telling the tape's observer what happens. */
#include "autograd/internal.h"

void gd_tape_observe(gd_tape *tape, gd_observer observer, void *context)
{
    if (tape == NULL)
        return;
    tape->observer = observer;
    tape->observer_context = context;
    tape->unsited = 0;
}

void gd__tell(gd_tape *tape, gd_event event)
{
    event.tape = tape;
    tape->telling = true;
    tape->observer(tape->observer_context, &event);
    tape->telling = false;
}

void gd__tell_op(gd_tape *tape, const gd_node *node)
{
    if (tape->inside_call)
        return;
    gd_event event = {.kind = GD_EVENT_OP, .node = node, .tensor = node->out};
    event.rule = tape->rule;
    event.rule_operand = tape->rule_operand;
    tape->unsited += event.rule == NULL;
    gd__tell(tape, event);
}

void gd__tell_backward(gd_tape *tape, gd_event event)
{
    event.kind = GD_EVENT_BACKWARD;
    ++tape->unsited;
    gd__tell(tape, event);
}

void gd__tell_site(gd_tape *tape, bool is_error, const char *file, int line, const char *text)
{
    bool is_new = is_error || tape->unsited > 0;
    tape->unsited = 0;
    if (is_new)
        gd__tell(tape,
                 (gd_event){.kind = GD_EVENT_PLACE, .file = file, .line = line, .text = text});
}
