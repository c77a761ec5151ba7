#include <gradus.h>

gd_tensor *linear(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *b)
{
    return gd_add(tape, gd_matmul(tape, x, gd_transpose(tape, w, 0, 1)), b);
}

/* y_ni = sum_k x_nk w_ik + b_i   =>   dx_nk = sum_i dy_ni w_ik */
gd_tensor *linear_dx(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy)
{
    (void)x;
    return gd_matmul(tape, dy, w);
}

/* dw_ik = sum_n dy_ni x_nk */
gd_tensor *linear_dw(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy)
{
    (void)w;
    return gd_matmul(tape, gd_transpose(tape, dy, 0, 1), x);
}

/* db_i = sum_n dy_ni */
gd_tensor *linear_db(gd_tape *tape, gd_tensor *x, gd_tensor *w, gd_tensor *dy)
{
    (void)x, (void)w;
    return gd_sum(tape, dy, GD_DIMS(0), false);
}
