/* Mean absolute error: what regression minimises where some errors are very large.
 *
 * Definition. l = |x - y|.
 * Gradient. dl/dx = sign(x - y) = -dl/dy, and 0 where x = y. The tape makes it of gd_abs's and
 * gd_sub's rules. */
#include <gradus/losses.h>
#include <math.h>

gd_tensor *gd_l1_loss(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                      const gd_loss_options *options)
{
    const char *outer = gd_call_begin(tape, "l1_loss");
    gd_loss_options o = options != NULL ? *options : (gd_loss_options){.mask = NULL};
    gd_check_loss(tape, input, target, &o);
    gd_tensor *x = gd_kept(tape, input, o.mask, 0), *y = gd_kept(tape, target, o.mask, 0);
    gd_check_values(tape, "target", y, -HUGE_VAL, HUGE_VAL);

    gd_tensor *loss = gd_abs(tape, gd_sub(tape, x, y));
    return gd_call_end(tape, outer, gd_reduce_loss(tape, loss, NULL, &o));
}
