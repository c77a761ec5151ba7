/* Exercise 10: repair this file, in which one rule of three is wrong.
 *
 * Three ops of one operand, as gd_op has them: each rule returns dx, made of ops so that it can be
 * differentiated again. One of the rules has been changed by a single mistake. Which? Derive, or
 * let gd_gradcheck tell you, and repair it. */
#include <gradus.h>

/* y = x^3   =>   dx = 3 x^2 dy */
gd_tensor *cube_rule(gd_tape *tape, gd_tensor *x, gd_tensor *y, gd_tensor *dy)
{
    (void)y;
    gd_tensor *square = gd_mul(tape, x, x);
    return gd_mul(tape, dy, gd_mul(tape, square, gd_scalar(tape, 3, GD_F64)));
}

/* y = tanh x   =>   dx = (1 - y^2) dy */
gd_tensor *tanh_rule(gd_tape *tape, gd_tensor *x, gd_tensor *y, gd_tensor *dy)
{
    (void)x;
    gd_tensor *one = gd_scalar(tape, 1, GD_F64);
    return gd_mul(tape, dy, gd_sub(tape, one, gd_mul(tape, y, y)));
}

/* y = x s(x), with s the sigmoid   =>   dx = (s + x s (1 - s)) dy */
gd_tensor *silu_rule(gd_tape *tape, gd_tensor *x, gd_tensor *y, gd_tensor *dy)
{
    gd_tensor *one = gd_scalar(tape, 1, GD_F64), *s = gd_sigmoid(tape, x);
    gd_tensor *slope = gd_add(tape, s, gd_mul(tape, y, gd_sub(tape, one, y)));
    return gd_mul(tape, dy, slope);
}
