#include "anomaly_help.h"

#include "../cmocka_all.h"

#include <math.h>
#include <stdio.h>

int anomaly_setup(void **state)
{
    gd_tape *tape = gd_tape_create();
    *state = tape;
    return tape == NULL || gd_tape_set_anomaly_mode(tape, true);
}

int anomaly_teardown(void **state)
{
    gd_tape_destroy(*state);
    return 0;
}

void assert_anomaly_at(const gd_tape *tape, const char *file, int line, const char *text)
{
    char expected[700];
    snprintf(expected, sizeof expected, "%s:%d: %s", file, line, text);
    assert_string_equal(gd_tape_message(tape), expected);
    assert_int_equal(gd_tape_status(tape), GD_ERROR_VALUE);
}

gd_tensor *vector(gd_tape *t, gd_dtype dtype, double a, double b)
{
    if (dtype == GD_F64)
        return gd_from_data(t, GD_F64, (const double[]){a, b}, GD_DIMS(2));
    return gd_from_data(t, GD_F32, (const float[]){(float)a, (float)b}, GD_DIMS(2));
}

gd_tensor *leaf(gd_tape *t, gd_dtype dtype, double a, double b)
{
    gd_tensor *x = vector(t, dtype, a, b);
    x->requires_grad = true;
    return x;
}

gd_tensor *sum(gd_tape *t, gd_tensor *x)
{
    return gd_sum(t, x, GD_ALL_DIMS, false);
}

static bool root_forward(gd_tape *t, const gd_node *n)
{
    (void)t;
    for (int64_t i = 0; i < gd_tensor_numel(n->out); ++i)
        ((float *)n->out->data)[i] = sqrtf(((const float *)n->in[0]->data)[i]);
    return true;
}

static gd_tensor *root_grad(gd_tape *t, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_div(t, dy, gd_add(t, n->out, n->out));
}

const gd_op root = {.name = "root",
                    .least_operands = 1,
                    .most_operands = 1,
                    .check = gd_check_elementwise,
                    .forward = root_forward,
                    .grad = root_grad,
                    .reads = {GD_READS_OUT}};
