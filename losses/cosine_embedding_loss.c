/* Cosine embedding: vectors that belong together should point the same way, others should not.
 *
 * Definition. With c = a . b / sqrt(A B), A = |a|^2 + eps, B = |b|^2 + eps, eps = 1e-12 (a float,
 * as in PyTorch),
 *     l = 1 - c for y = 1,    max(0, c - margin) for y = -1.
 * Stable form. c does not change when a, and sqrt(eps) with it, is divided by a number r. With r
 * the largest |a_i|, or 1 for small vectors, no square leaves the float's range. It is computed in
 * double: for c near 1 or the margin, l would lose most digits of a float32.
 * Gradient. dl/dc = -1, or [c >= margin];    dc/da = b / sqrt(A B) - c a / A, and dc/db likewise. */
#include "losses/positions.h"
#include <math.h>

/* a / r [..,D], and A / r^2 [..,1]. */
typedef struct scaled {
    gd_tensor *vector, *square;
} scaled;

static scaled scale(gd_tape *tape, gd_tensor *a)
{
    gd_tensor *r = gd_clamp(tape, gd__largest_element(tape, a), 1, HUGE_VAL);
    gd_tensor *v = gd_div(tape, a, r), *eps = gd_scalar_like(tape, (double)1e-12F, r);
    gd_tensor *sum = gd_sum(tape, gd_mul(tape, v, v), GD_DIMS(-1), true);
    return (scaled){v, gd_add(tape, sum, gd_div(tape, gd_div(tape, eps, r), r))};
}

/* [..] */
static gd_tensor *cosine(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    scaled one = scale(tape, a), other = scale(tape, b);
    gd_tensor *dot = gd_sum(tape, gd_mul(tape, one.vector, other.vector), GD_DIMS(-1), true);
    gd_tensor *norms = gd_sqrt(tape, gd_mul(tape, one.square, other.square));
    return gd_squeeze(tape, gd_div(tape, dot, norms), -1);
}

gd_tensor *gd_cosine_embedding_loss(gd_tape *tape, gd_tensor *input1, gd_tensor *input2,
                                    gd_tensor *target,
                                    const gd_cosine_embedding_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "cosine_embedding_loss");
    gd_cosine_embedding_loss_options o = {.mask = NULL};
    o = options != NULL ? *options : o;
    if (!gd__check_vectors(tape, input1, input2, "input2", o.mask))
        return gd_call_end(tape, outer, NULL);
    bool is_int64 = target != NULL && target->dtype == GD_I64;
    gd_tensor signs = gd__positions_of(input1, input1->ndim - 1, is_int64 ? GD_I64 : input1->dtype);
    gd_check_like(tape, "target", target, &signs);
    gd_tensor *a = gd_cast(tape, gd__kept_vectors(tape, input1, o.mask), GD_F64);
    gd_tensor *b = gd_cast(tape, gd__kept_vectors(tape, input2, o.mask), GD_F64);
    gd_tensor *y = gd_detach(tape, gd_kept(tape, gd_cast(tape, target, GD_F64), o.mask, 1));
    gd_check_either(tape, "target", y, 1, -1);

    gd_tensor *c = cosine(tape, a, b), *one = gd_scalar_like(tape, 1, c);
    gd_tensor *beyond = gd_sub(tape, c, gd_scalar_like(tape, o.margin, c));
    gd_tensor *apart = gd_clamp(tape, beyond, 0, HUGE_VAL);
    gd_tensor *loss = gd_where(tape, gd_eq(tape, y, one), gd_sub(tape, one, c), apart);
    loss = gd_cast_like(tape, loss, input1);
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &GD_LOSS_OPTIONS_OF(o)));
}
