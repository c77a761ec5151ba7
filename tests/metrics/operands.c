#include "tests.h"

gd_tape *tape;

gd_tensor *classes(int64_t n, int64_t odd)
{
    gd_tensor *x = gd_zeros(tape, GD_I64, GD_DIMS(n));
    ((int64_t *)x->data)[n - 1] = odd;
    return x;
}

gd_tensor *floats(double odd)
{
    gd_tensor *x = gd_zeros(tape, GD_F64, GD_DIMS(2, 3));
    ((double *)x->data)[5] = odd;
    return x;
}

int begin(void **state)
{
    (void)state;
    tape = gd_tape_create();
    return tape == NULL;
}

int end(void **state)
{
    (void)state;
    gd_tape_destroy(tape);
    return 0;
}
