#include "cli/trace/page/proof.h"
#include "cli/system/memory.h"
#include "cli/trace/numbers.h"
#include "cli/trace/page/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A logarithmic ruler from 1e-16 to 100. */
static double on_ruler(double x)
{
    double place = (log10(x) + 16) / 18;
    return !(x > 0) || place < 0 ? 0 : place > 1 ? 1 : place;
}

static void put_measure(FILE *file, const char *name, double found, double allowed)
{
    fprintf(file, ",\"%s\":[\"%.2g\",\"%.2g\",%.3f,%.3f]", name, found, allowed, on_ruler(found),
            on_ruler(allowed));
}

static void put_float64(FILE *file, const char *name, double x)
{
    char text[TRACE_NUMBER];
    snprintf(text, sizeof text, "%.12g", x);
    fprintf(file, ",\"%s\":\"%s\"", name, isnan(x) ? "nan" : text); /* never "-nan" */
}

static int same_characters(double a, double b)
{
    char x[TRACE_NUMBER], y[TRACE_NUMBER];
    int n = 0;
    snprintf(x, sizeof x, "%.12g", a);
    snprintf(y, sizeof y, "%.12g", b);
    while (x[n] != '\0' && x[n] == y[n])
        ++n;
    return n;
}

static void put_proof(FILE *file, const trace_view *v, const gd_proof *p)
{
    static const char *const verdicts[] = {"unchecked", "right", "wrong", "rounded"};
    char text[TRACE_NUMBER];
    fprintf(file, "{\"element\":%" PRId64 ",\"verdict\":\"%s\",\"recorded\":\"%s\"", p->element,
            verdicts[p->verdict], trace_number(p->recorded, v->r->tensors[p->tensor].dtype, text));
    if (p->verdict != GD_UNCHECKED) {
        put_float64(file, "rule", p->rule);
        if (!isnan(p->difference)) {
            put_float64(file, "difference", p->difference);
            fprintf(file, ",\"same\":%d", same_characters(p->rule, p->difference));
            put_measure(file, "error", p->error, p->allowed);
        }
        /* Of a number that is not a wrong rule's, rounding is no matter. */
        if (p->verdict != GD_WRONG || p->rounding <= p->allowed_rounding)
            put_measure(file, "rounding", p->rounding, p->allowed_rounding);
        if (p->at_kink)
            fputs(",\"kink\":true", file);
    }
    if (p->message != NULL) {
        fputs(",\"message\":", file);
        trace_put_string(file, p->message);
    }
    fputc('}', file);
}

/* Those of a training step; the reason why there are none, to be freed, or NULL. */
static char *put_proofs_of(FILE *file, const trace_view *v, int64_t training, bool *is_first)
{
    gd_proof *proofs = NULL;
    int64_t n = 0;
    if (gd_trace_prove(v->r, training + 1, 0, &proofs, &n) != GD_OK)
        return cli_strdup(gd_message());
    for (int64_t i = 0; i < n; ++i) {
        bool begins = i == 0 || proofs[i].event != proofs[i - 1].event;
        if (begins)
            fprintf(file, "%s\"%" PRId64 "\":[", *is_first ? "" : "],\n",
                    v->r->events[proofs[i].event].line);
        else
            fputc(',', file);
        put_proof(file, v, &proofs[i]);
        *is_first = false;
    }
    gd_proofs_destroy(proofs);
    return NULL;
}

void trace_put_proofs(FILE *file, const trace_view *view)
{
    char **reasons = cli_calloc((size_t)view->r->steps + 1, sizeof *reasons);
    bool is_first = true;
    fputs("\"proofs\":{", file);
    for (int64_t i = 0; i < view->r->steps; ++i)
        reasons[i] = put_proofs_of(file, view, i, &is_first);
    fputs(is_first ? "},\n\"unproven\":[" : "]},\n\"unproven\":[", file);
    for (int64_t i = 0; i < view->r->steps; ++i) {
        fputs(i > 0 ? "," : "", file);
        if (reasons[i] != NULL)
            trace_put_string(file, reasons[i]);
        else
            fputs("null", file);
        free(reasons[i]);
    }
    fputs("],\n", file);
    free(reasons);
}
