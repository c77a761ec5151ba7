/* Triplet margin: an anchor shall be nearer to its positive than to its negative, by a margin
 * (Balntas et al. 2016).
 *
 * Definition. With the distance D(a, b) = |a - b + eps|_p, eps added to every component,
 *     l = max(0, margin + D(a, positive) - D(a, negative));
 * with `swap` the smaller of D(a, negative) and D(positive, negative) takes that one's place.
 * Gradients. With d = a - b + eps,
 *     dD/da = sign(d) (|d| / D)^(p - 1) = -dD/db,    0 where D = 0;
 * the rest is the hinge's (hinge.c). */
#include "losses/loss_list.h"
#include "losses/parts.h"
#include "tensor/rows.h"

/* ---- the distance of two vectors ---- */

typedef struct norm {
    double p, eps;
} norm;

static bool distance_check(gd_tape *tape, gd_node *n)
{
    const norm *o = n->attributes;
    if (!(o->p >= 1 && isfinite(o->p)))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "p = %g is not a number from 1 on", o->p);
    if (!isfinite(o->eps))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "eps %g is not finite", o->eps);
    return gd_check_floats(tape, n) && gd__check_vectors(tape, n);
}

static bool distance_forward(gd_tape *tape, const gd_node *n)
{
    (void)tape;
    const norm *o = n->attributes;
    gd_dtype dtype = n->out->dtype;
    gd__rows r = gd__rows_begin(2, (const gd_tensor *[]){n->in[0], n->in[1]}, n->in[0]->ndim - 1);
    while (gd__rows_next(&r)) {
        double sum = 0;
        for (int64_t j = 0; j < r.size; ++j) {
            double a = gd__float_at(dtype, r.data[0], j * r.step[0]);
            double b = gd__float_at(dtype, r.data[1], j * r.step[1]);
            double d = fabs(a - b + o->eps);
            sum += o->p == 2 ? d * d : pow(d, o->p);
        }
        gd__set_float_at(dtype, n->out->data, r.number, o->p == 2 ? sqrt(sum) : pow(sum, 1 / o->p));
    }
    return true;
}

static gd_tensor *distance(gd_tape *tape, gd_tensor *a, gd_tensor *b, norm o)
{
    return gd_apply(tape, &gd__op_distance, (gd_tensor *[]){a, b}, 2, &o);
}

static gd_tensor *distance_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    norm o = *(const norm *)n->attributes;
    gd_tensor *a = n->in[0], *d = gd_sub(tape, a, n->in[1]), *zero = gd_scalar_like(tape, 0, a);
    gd_tensor *whole = gd_unsqueeze(tape, distance(tape, a, n->in[1], o), -1);
    d = gd_add(tape, d, gd_scalar_like(tape, o.eps, d));
    gd_tensor *share = gd_div(tape, d, gd_masked_fill(tape, whole, gd_eq(tape, whole, zero), 1));
    if (o.p != 2)
        share = gd_mul(tape, gd_sign(tape, d),
                       gd_pow(tape, gd_abs(tape, share), gd_scalar_like(tape, o.p - 1, d)));
    return gd__times_upstream(tape, gd_unsqueeze(tape, dy, -1),
                              i == 0 ? share : gd_neg(tape, share));
}

static int distance_print(char *buffer, size_t size, const void *attributes)
{
    const norm *o = attributes;
    return snprintf(buffer, size, "p=%g, eps=%g", o->p, o->eps);
}

const gd_op gd__op_distance = {
    .name = "distance",
    .formula = "|a - b + eps|_p",
    .gradient = "da = dy * sign(d) (|d| / y)^(p - 1), d = a - b + eps, db = -da",
    .shapes = "[..,D] [..,D] -> [..]",
    .ties = "0 where y = 0",
    .least_operands = 2,
    .most_operands = 2,
    .attributes_size = sizeof(norm),
    .check = distance_check,
    .forward = distance_forward,
    .grad = distance_grad,
    .reads = {GD_READS(0) | GD_READS(1), GD_READS(0) | GD_READS(1)},
    .print_attributes = distance_print,
    .domain = {{.low = 0.5, .high = 2}, {.low = -2, .high = 0.2}},
    .samples = (const gd_sample[]){{"[2,3] [2,3]", &(const norm){2, 1e-6}},
                                   {"[3] [3]", &(const norm){1, 1e-6}},
                                   {"[2,2,3] [2,2,3]", &(const norm){3, 0}},
                                   {"[0,3] [0,3]", &(const norm){2, 0}},
                                   {NULL, NULL}},
    .refused = (const gd_sample[]){{"[2,3] [3]", &(const norm){2, 0}},
                                   {"[2,3] [2,2]", &(const norm){2, 0}},
                                   {"[] []", &(const norm){2, 0}},
                                   {"[2] i[2]", &(const norm){2, 0}},
                                   {"[2] [2]", &(const norm){0, 0}},
                                   {"[2] -", &(const norm){2, 0}},
                                   {NULL, NULL}},
};

/* ---- the loss ---- */

gd_tensor *gd_triplet_margin_loss(gd_tape *tape, gd_tensor *anchor, gd_tensor *positive,
                                  gd_tensor *negative,
                                  const gd_triplet_margin_loss_options *options)
{
    gd_triplet_margin_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    if (tape == NULL)
        return NULL;
    const char *before = gd_call_begin(tape, "triplet_margin_loss");
    norm by = {o.p == 0 ? 2 : o.p, gd__given(o.eps, 1e-6)};
    gd_tensor *near = distance(tape, anchor, positive, by);
    gd_tensor *far = distance(tape, anchor, negative, by);
    if (o.swap)
        far = gd_minimum(tape, far, distance(tape, positive, negative, by));
    gd_tensor *loss = gd__hinge(tape, near, far, o.mask, gd__given(o.margin, 1), 1,
                                &(gd__reducing)GD__REDUCING(o));
    return gd_call_end(tape, before, loss);
}
