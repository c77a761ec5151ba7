/* print: the value and the gradient of a tensor, as they are at this step. */
#include "cli/cli.h"
#include "cli/system/print.h"
#include "cli/trace/step/step.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 20000 };

/* ---- which tensor, which element ---- */

/* The latest tensor of that name that is there at this step; -1: none. */
static int64_t find_tensor(const step_session *s, const char *name, size_t length)
{
    int64_t last = s->view.steps[s->at].last;
    for (int64_t t = s->r->n_tensors - 1; t >= 0; --t)
        if (s->r->tensors[t].event <= last && strlen(s->view.names[t]) == length &&
            strncmp(s->view.names[t], name, length) == 0)
            return t;
    return -1;
}

/* The same of a, or of da: its gradient. */
static int64_t find_name(const step_session *s, const char *name, size_t length, bool *gradient)
{
    int64_t tensor = find_tensor(s, name, length);
    *gradient = tensor < 0 && length > 1 && *name == 'd';
    return *gradient ? find_tensor(s, name + 1, length - 1) : tensor;
}

/* "[1,2]" as an element of the tensor; -1: it is none. */
static int64_t element_of(const gd_recorded_tensor *t, const char *index)
{
    int64_t element = 0;
    const char *at = index;
    for (int k = 0; k < t->ndim; ++k) {
        char *end;
        errno = 0;
        long long i = strtoll(at + 1, &end, 10);
        char close = k == t->ndim - 1 ? ']' : ',';
        if (*at != (k == 0 ? '[' : ',') || errno != 0 || end == at + 1 || *end != close || i < 0 ||
            i >= t->shape[k])
            return -1;
        element = element * t->shape[k] + i;
        at = end;
    }
    return t->ndim > 0 && strcmp(at, "]") == 0 ? element : -1;
}

/* The last contribution to the tensor's gradient up to this step; -1: there is none. */
static int64_t gradient_event(const step_session *s, int64_t tensor)
{
    int64_t last = s->view.steps[s->at].last, sum = trace_sum_at(&s->view, tensor, last);
    int64_t event = sum >= 0 ? s->view.sums[sum].first : -1;
    while (event >= 0 && s->view.next[event] >= 0 && s->view.next[event] <= last)
        event = s->view.next[event];
    return event;
}

bool step_find(step_session *s, const char *text, step_target *target)
{
    const char *index = strrchr(text, '[');
    *target = (step_target){.element = -1};
    target->tensor = find_name(s, text, strlen(text), &target->wants_gradient);
    if (target->tensor < 0 && index != NULL) {
        target->tensor = find_name(s, text, (size_t)(index - text), &target->wants_gradient);
        if (target->tensor >= 0)
            target->element = element_of(&s->r->tensors[target->tensor], index);
        if (target->tensor >= 0 && target->element < 0) {
            step_refuse(s, "There is no element %s of %s.", index, s->view.names[target->tensor]);
            return false;
        }
    }
    if (target->tensor < 0) {
        step_refuse(s, "There is no tensor \"%s\" at this step.", text);
        return false;
    }
    target->value_event = trace_value_at(&s->view, target->tensor, s->at);
    target->gradient_event = gradient_event(s, target->tensor);
    return true;
}

/* ---- printing ---- */

/* The numbers of a tensor, indented, as NumPy prints them. */
static void print_numbers(const char *title, const gd_recorded_values *v)
{
    static char text[NUMBERS];
    if (v->x == NULL)
        return;
    int length = gd_tensor_format(text, sizeof text, v->x);
    printf("  %s%s%s", title, v->whole ? "" : " (the first rows and columns)",
           length > 0 && strchr(text, '\n') != NULL ? ":\n" : "  ");
    for (const char *line = text; length > 0 && *line != '\0';) {
        size_t end = strcspn(line, "\n");
        printf("%s%.*s\n", line == text && strchr(text, '\n') == NULL ? "" : "    ", (int)end,
               line);
        line += end + (line[end] == '\n');
    }
}

static void print_element(step_session *s, const step_target *t, bool gradient)
{
    int64_t event = gradient ? t->gradient_event : t->value_event;
    char name[200], number[GD_NUMBER_TEXT];
    double value;
    step_element_name(s, t->tensor, t->element, gradient, name, sizeof name);
    if (event < 0)
        step_put(2, "%s is not there yet", name);
    else if (!step_number(s, event, true, t->element, &value))
        step_put(2, "%s is not in the trace, which has a window of this tensor", name);
    else {
        bool is_double = s->r->tensors[t->tensor].dtype == GD_F64;
        step_put(2, "%s = %s", name, gd_number_text(value, !is_double, number));
    }
}

static void print_all(const step_session *s, const step_target *t)
{
    const gd_recorded_tensor *x = &s->r->tensors[t->tensor];
    char shape[200] = "";
    int length = 0;
    for (int k = 0; k < x->ndim; ++k)
        length += snprintf(shape + length, sizeof shape - (size_t)length, "%s%" PRId64,
                           k > 0 ? "," : "", x->shape[k]);
    step_put(0, "%s: %s [%s], %s", s->view.names[t->tensor], gd_dtype_name(x->dtype), shape,
             x->node >= 0 ? s->r->nodes[x->node].op_name : "a leaf");
    if (t->value_event >= 0 && !t->wants_gradient)
        print_numbers("value   ", &s->r->events[t->value_event].values);
    if (t->gradient_event < 0) {
        printf("  no gradient yet\n");
        return;
    }
    const gd_recorded_event *e = &s->r->events[t->gradient_event];
    const trace_sum *sum = &s->view.sums[s->view.sum_of[t->gradient_event]];
    print_numbers("gradient", e->kind == GD_RECORDED_ADD ? &e->after : &e->values);
    printf("  %" PRId64 " of %" PRId64 " contributions\n",
           trace_place_in_sum(&s->view, t->gradient_event) + 1, sum->count);
}

void step_print(step_session *s, const char *what)
{
    step_target t;
    if (*what == '\0')
        step_refuse(s, "print takes the name of a tensor, or of an element: a, a[0], da[0]");
    else if (step_find(s, what, &t)) {
        if (t.element < 0)
            print_all(s, &t);
        else {
            if (!t.wants_gradient)
                print_element(s, &t, false);
            if (t.wants_gradient || t.gradient_event >= 0)
                print_element(s, &t, true);
        }
    }
}
