#include <gradus.h>
/* a is used twice. */
gd_tensor *tiny(gd_tape *t, gd_tensor *a, gd_tensor *b) {
    gd_tensor *s = gd_add(t, a, b);
    gd_tensor *loss = gd_sum(t, gd_mul(t, a, s), GD_ALL_DIMS, false);
    return loss;
}
