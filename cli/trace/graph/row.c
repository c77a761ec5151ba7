#include "cli/trace/graph/row.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    WITH_STATS = 16, /* tensors of more elements have them in the trace */
    LONG = 20,       /* characters; rows of more are cut, */
    TWO = 14         /* to two numbers of so many, or one */
};

const gd_recorded_values *trace_values(const gd_recorded_event *event, trace_field field)
{
    switch (field) {
    case TRACE_GIVES:
        return &event->gives;
    case TRACE_BEFORE:
        return &event->before;
    case TRACE_AFTER:
        return &event->after;
    default:
        return &event->values;
    }
}

const char *trace_field_name(const gd_recorded_event *event, trace_field field)
{
    static const char *const names[] = {"values", "gives", "before", "after"};
    if (field != TRACE_VALUES)
        return names[field];
    return event->kind == GD_RECORDED_NODE       ? "dy"
           : event->kind == GD_RECORDED_BACKWARD ? "gives"
                                                 : "values";
}

bool trace_has_stats(const gd_recorded_tensor *tensor, const gd_recorded_values *values)
{
    int64_t count = trace_count(tensor->ndim, tensor->shape);
    return (count > WITH_STATS || !values->whole) && !isnan(values->min);
}

static void put(trace_row *row, const char *text, int64_t line, const char *field, const char *of,
                int64_t index)
{
    strcpy(row->text[row->n], text);
    if (index >= 0)
        snprintf(row->ref[row->n], ROW_REF, "%" PRId64 ".%s[%" PRId64 "]", line, field, index);
    else
        snprintf(row->ref[row->n], ROW_REF, "%" PRId64 ".%s%s%s", line,
                 strcmp(field, "values") == 0 ? "" : field,
                 strcmp(field, "values") == 0 ? "stats." : "_stats.", of);
    ++row->n;
}

trace_row trace_row_of(const gd_recording *recording, int64_t event, trace_field field)
{
    const gd_recorded_event *e = &recording->events[event];
    const gd_recorded_values *values = trace_values(e, field);
    const char *name = trace_field_name(e, field);
    int64_t tensor = e->kind == GD_RECORDED_NODE ? recording->nodes[e->node].out : e->tensor;
    const gd_recorded_tensor *t = &recording->tensors[tensor];
    int64_t count = trace_count(t->ndim, t->shape);
    char text[TRACE_NUMBER];
    trace_row row = {.kind = count > ROW_CELLS ? ROW_FIRST : ROW_ALL};
    if (values->x == NULL || count == 0)
        return row;
    if (trace_has_stats(t, values)) {
        row.kind = ROW_RANGE;
        put(&row, trace_number(values->min, t->dtype, text), e->line, name, "min", -1);
        put(&row, trace_number(values->max, t->dtype, text), e->line, name, "max", -1);
        return row;
    }
    if (row.kind == ROW_FIRST && values->nonfinite >= 2) { /* it matters more than the first */
        put(&row, trace_element(values->x, values->nonfinite, text), e->line, name, "",
            values->nonfinite);
        return row;
    }
    size_t length = 0;
    for (int64_t i = 0; i < (row.kind == ROW_ALL ? count : 2); ++i) {
        put(&row, trace_element(values->x, i, text), e->line, name, "", i);
        length += strlen(text);
    }
    if (row.n > 2 && length > LONG)
        row.kind = ROW_FIRST;
    if (row.kind == ROW_FIRST)
        row.n = strlen(row.text[0]) + strlen(row.text[1]) <= TWO || values->nonfinite == 1 ? 2 : 1;
    return row;
}

int trace_row_cell(const trace_row *row)
{
    int longest = 0;
    for (int i = 0; i < row->n; ++i) {
        int length = (int)strlen(row->text[i]);
        longest = length > longest ? length : longest;
    }
    return longest;
}
