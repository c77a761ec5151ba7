/* why: the numbers that an element came from, and the numbers that those came from. */
#include "cli/cli.h"
#include "cli/trace/step/step.h"

#include <inttypes.h>
#include <string.h>

enum { LINES = 60, DEEPEST = 16, READS = 5, CONTRIBUTIONS = 64 };

/* What has been explained is not explained again. */
typedef struct tree {
    step_session *s;
    int deepest; /* level that is shown */
    bool dry;    /* lines are counted, not printed */
    bool is_cut; /* there are deeper ones */
    int lines;
    struct {
        int64_t tensor, element, event;
        bool is_sum;
    } seen[LINES];
    int n_seen;
} tree;

static bool is_known(tree *t, int64_t tensor, int64_t element, int64_t event, bool is_sum)
{
    for (int i = 0; i < t->n_seen; ++i)
        if (t->seen[i].tensor == tensor && t->seen[i].element == element &&
            t->seen[i].event == event && t->seen[i].is_sum == is_sum)
            return true;
    if (t->n_seen < LINES) {
        t->seen[t->n_seen].tensor = tensor;
        t->seen[t->n_seen].element = element;
        t->seen[t->n_seen].event = event;
        t->seen[t->n_seen++].is_sum = is_sum;
    }
    return false;
}

/* Whether a line of that level is to be shown; counts it. */
static bool may_show(tree *t, int level)
{
    if (level > t->deepest || t->lines >= LINES || step_is_interrupted(false)) {
        t->is_cut = true;
        return false;
    }
    ++t->lines;
    return true;
}

/* "mul gives a, tiny.c:5" */
static void name_event(const step_session *s, int64_t event, char *text, size_t size)
{
    const gd_recorded_event *e = &s->r->events[event];
    char place[200];
    char op[128] = "";
    if (e->node >= 0)
        gd_recording_call_name(s->r, e->node, op, sizeof op);
    step_place(s, event, place, sizeof place);
    const char *comma = place[0] != '\0' ? ", " : "";
    if (e->kind == GD_RECORDED_ADD)
        snprintf(text, size, "%s gives %s%s%s", op, s->view.names[e->tensor], comma, place);
    else if (e->kind == GD_RECORDED_BACKWARD)
        snprintf(text, size, "backward starts here%s%s", comma, place);
    else if (e->kind == GD_RECORDED_OP)
        snprintf(text, size, "%s%s%s", op, comma, place);
    else
        snprintf(text, size, "%s", e->kind == GD_RECORDED_UPDATE ? "updated" : "a leaf");
}

static void explain(tree *t, int level, const char *name, int64_t event, int64_t element);
static void explain_gradient(tree *t, int level, int64_t tensor, int64_t element, int64_t event);

static void explain_read(tree *t, int level, const gd_read *read)
{
    char name[200];
    if (read->is_gradient) {
        explain_gradient(t, level, read->tensor, read->element, read->event);
        return;
    }
    step_element_name(t->s, read->tensor, read->element, false, name, sizeof name);
    explain(t, level, name, read->event, read->element);
}

/* The reads in the largest terms, at most READS. */
static int choose(const gd_explanation *x, const gd_read **chosen)
{
    int count = 0;
    while (count < READS && count < x->n_reads) {
        const gd_read *best = NULL;
        for (int64_t i = 0; i < x->n_reads; ++i) {
            const gd_read *read = &x->reads[i];
            bool is_taken = false;
            for (int k = 0; k < count; ++k)
                is_taken |= chosen[k] == read;
            if (!is_taken && (best == NULL || read->share > best->share))
                best = read;
        }
        if (best->share == 0 && count > 0) /* as all that are left */
            break;
        chosen[count++] = best;
    }
    return count;
}

/* Gradients first. */
static void explain_reads(tree *t, int level, const gd_explanation *x)
{
    const gd_read *chosen[READS];
    int count = choose(x, chosen);
    for (int gradient = 1; gradient >= 0; --gradient)
        for (int i = 0; i < count; ++i)
            if (chosen[i]->is_gradient == (gradient == 1))
                explain_read(t, level, chosen[i]);
    if (count < x->n_reads && may_show(t, level) && !t->dry)
        step_put(2 * level, ".. and %" PRId64 " more, which add less", x->n_reads - count);
}

/* An element that one event wrote: "2.1 = dy[0] * s[0] = 1 * 2.1: mul gives a, tiny.c:5". */
static void explain(tree *t, int level, const char *name, int64_t event, int64_t element)
{
    const gd_recorded_event *e = &t->s->r->events[event];
    char what[400], number[GD_NUMBER_TEXT] = "?";
    double value;
    if (!may_show(t, level))
        return;
    name_event(t->s, event, what, sizeof what);
    if (step_number(t->s, event, false, element, &value))
        snprintf(number, sizeof number, "%.6g", value);
    const char *equals = *name != '\0' ? " = " : "";
    bool known = is_known(t, e->tensor, element, event, false);
    bool has_formula = e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_ADD;
    gd_explanation *x = has_formula && !known ? step_explain(t->s, event, element) : NULL;
    bool is_number = x != NULL && strcmp(x->numbers, number) == 0;
    if (!t->dry && x == NULL)
        step_put(2 * level, "%s%s%s: %s%s", name, equals, number, what, known ? ", see above" : "");
    else if (!t->dry)
        step_put(2 * level, "%s%s%s = %s%s%s: %s", name, equals, number, x->names,
                 is_number ? "" : " = ", is_number ? "" : x->numbers, what);
    if (x != NULL)
        explain_reads(t, level + 1, x);
    gd_explanation_destroy(x);
}

/* A gradient, as it is after `event`: what it is the sum of. */
static void explain_gradient(tree *t, int level, int64_t tensor, int64_t element, int64_t event)
{
    char name[200], number[GD_NUMBER_TEXT] = "?";
    double value;
    int64_t events[CONTRIBUTIONS];
    int64_t count = gd_recording_contributions(t->s->r, event, events, CONTRIBUTIONS);
    step_element_name(t->s, tensor, element, true, name, sizeof name);
    if (count == 1) {
        explain(t, level, name, events[0], element);
        return;
    }
    if (!may_show(t, level))
        return;
    if (step_number(t->s, event, true, element, &value))
        snprintf(number, sizeof number, "%.6g", value);
    bool known = is_known(t, tensor, element, event, true);
    if (!t->dry)
        step_put(2 * level, "%s = %s, the sum of %" PRId64 " contributions%s", name, number, count,
                 known ? ", see above" : ":");
    for (int64_t i = 0; !known && i < count && i < CONTRIBUTIONS; ++i)
        explain(t, level + 1, "", events[i], element);
}

static void explain_target(tree *t, const step_target *target, const char *name)
{
    t->lines = t->n_seen = 0;
    t->is_cut = false;
    if (target->gradient_event >= 0)
        explain_gradient(t, 0, target->tensor, target->element, target->gradient_event);
    else
        explain(t, 0, name, target->value_event, target->element);
}

/* As deep as LINES lines allow. */
static void explain_within(step_session *s, const step_target *target, const char *name)
{
    tree t = {.s = s, .dry = true};
    int deepest = 1;
    for (t.deepest = 2; t.deepest <= DEEPEST && t.lines < LINES; ++t.deepest) {
        explain_target(&t, target, name);
        deepest = t.lines < LINES ? t.deepest : deepest;
        if (!t.is_cut)
            break;
    }
    t.deepest = deepest;
    t.dry = false;
    explain_target(&t, target, name);
    if (t.is_cut)
        step_put(0, "There is more: ask why of one of these.");
}

void step_why(step_session *s, const char *what)
{
    step_target target;
    char name[200];
    if (*what == '\0') {
        step_refuse(s, "why takes the name of an element: a[0], da[0]");
        return;
    }
    if (!step_find(s, what, &target))
        return;
    int64_t numel = 1;
    for (int k = 0; k < s->r->tensors[target.tensor].ndim; ++k)
        numel *= s->r->tensors[target.tensor].shape[k];
    if (target.element < 0 && numel != 1) {
        step_refuse(s, "%s has %" PRId64 " elements: say which, as in %s[0]", what, numel, what);
        return;
    }
    target.element = target.element < 0 ? 0 : target.element;
    step_element_name(s, target.tensor, target.element, false, name, sizeof name);
    if (target.wants_gradient && target.gradient_event < 0)
        step_put(0, "d%s is not there yet", name);
    else
        explain_within(s, &target, name);
}
