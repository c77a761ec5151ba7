#include "traced.h"
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

gd_recording *record(traced_program program, void *context, const gd_trace_read_options *options)
{
    char path[64];
    snprintf(path, sizeof path, "traced_%ld.trace", (long)getpid());
    gd_tape *tape = gd_tape_create();
    gd_trace *trace = gd_trace_create(path, NULL);
    if (trace == NULL || gd_trace_attach(trace, tape) != GD_OK)
        fail_msg("%s", gd_message());
    program(tape, context);
    if (gd_trace_close(trace) != GD_OK)
        fail_msg("%s", gd_message());
    gd_tape_destroy(tape);
    gd_recording *r = gd_trace_read(path, options);
    if (r == NULL || r->damage != NULL)
        fail_msg("%s", r == NULL ? gd_message() : r->damage);
    remove(path);
    return r;
}

/* Whether x, of any strides, has the bytes that were recorded. NaNs of any payload are alike. */
static bool has_bits_of(const gd_tensor *x, const gd_tensor *recorded)
{
    if (x == NULL || x->dtype != recorded->dtype)
        return false;
    gd_tensor *a = gd_tensor_create_copy(x);
    size_t size = gd_dtype_size(a->dtype);
    bool same = a->ndim == recorded->ndim;
    for (int d = 0; same && d < a->ndim; ++d)
        same = a->shape[d] == recorded->shape[d];
    for (int64_t i = 0; same && i < gd_tensor_numel(a); ++i) {
        const char *p = (const char *)a->data + (size_t)i * size,
                   *q = (const char *)recorded->data + (size_t)i * size;
        bool is_nan = (a->dtype == GD_F32 &&
                       *(const float *)(const void *)p != *(const float *)(const void *)p &&
                       *(const float *)(const void *)q != *(const float *)(const void *)q) ||
                      (a->dtype == GD_F64 &&
                       *(const double *)(const void *)p != *(const double *)(const void *)p &&
                       *(const double *)(const void *)q != *(const double *)(const void *)q);
        same = is_nan || memcmp(p, q, size) == 0;
    }
    gd_tensor_destroy(a);
    return same;
}

static int check(const gd_recording *r, int64_t i, const char *what, const gd_recorded_values *v,
                 const gd_tensor *x, const char *label)
{
    static const char *const ways[] = {"rule", "direct", "through"};
    const gd_recorded_event *e = &r->events[i];
    if (v->x == NULL || !v->whole || has_bits_of(x, v->x))
        return 0;
    char a[512], b[512];
    gd_tensor_format(a, sizeof a, v->x);
    gd_tensor_format(b, sizeof b, x);
    print_error("%s: line %lld: %s of %s by %s, operand %d:\n%s\n%s\n", label, (long long)e->line,
                what, e->node >= 0 ? r->nodes[e->node].op_name : "a leaf", ways[e->way], e->operand,
                a, x != NULL ? b : "nothing");
    return 1;
}

int count_other_bits(const gd_recording *r, const char *label)
{
    int n = 0;
    gd_replay *replay = gd_trace_replay(r, NULL);
    if (replay == NULL) {
        print_error("%s: %s\n", label, gd_message());
        return 1;
    }
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        const gd_tensor *x = gd_replay_value(replay, i);
        n += check(r, i, "the value", &e->values, x, label);
        n += check(r, i, "what is given", &e->gives, x, label);
        n += check(r, i, "the sum", &e->after, gd_replay_after(replay, i), label);
    }
    gd_replay_destroy(replay);
    return n;
}

verdicts prove(const gd_recording *r, int64_t step, const char *label)
{
    static const char *const names[] = {"unchecked", "right", "wrong", "rounded"};
    verdicts v = {0, 0, 0, 0};
    gd_proof *proofs;
    int64_t count;
    if (gd_trace_prove(r, step, 0, &proofs, &count) != GD_OK)
        fail_msg("%s: %s", label != NULL ? label : "prove", gd_message());
    for (int64_t i = 0; i < count; ++i) {
        const gd_proof *p = &proofs[i];
        const gd_recorded_event *e = &r->events[p->event];
        int *const counts[] = {&v.unchecked, &v.right, &v.wrong, &v.rounded};
        ++*counts[p->verdict];
        if (label != NULL && p->verdict != GD_RIGHT)
            print_error("%s: line %lld, %s, tensor %lld[%lld]: %s: %s; recorded %.9g, rule %.17g, "
                        "difference %.17g, rounding %g of %g\n",
                        label, (long long)e->line, e->node >= 0 ? r->nodes[e->node].op_name : "",
                        (long long)p->tensor, (long long)p->element, names[p->verdict], p->message,
                        p->recorded, p->rule, p->difference, p->rounding, p->allowed_rounding);
    }
    gd_proofs_destroy(proofs);
    return v;
}

gd_recording *recording_of_program(const char *program)
{
    char command[1024], path[256];
    snprintf(path, sizeof path, "programs_%s.trace", program);
    snprintf(command, sizeof command, "'%s/%s' '%s' > programs_output", GD_TRACED_DIR, program,
             path);
    assert_int_equal(system(command), 0);
    gd_recording *r = gd_trace_read(path, NULL);
    if (r == NULL || r->damage != NULL)
        fail_msg("%s", r == NULL ? gd_message() : r->damage);
    remove(path);
    remove("programs_output");
    return r;
}
