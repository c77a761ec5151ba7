/* The gradient of a gradient: y = sum of x^3, y' = 3 x^2, and the slope of the sum of y' is 6 x.
 * Usage: second_derivative TRACE */
#include <gradus.h>

#include <stdio.h>

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

int main(int argc, char **argv)
{
    float numbers[] = {1, -2, 0.5F};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_borrowed(GD_F32, numbers, GD_DIMS(3));
    if (argc != 2 || t == NULL || x == NULL)
        return fail("usage: second_derivative TRACE");
    x->requires_grad = true;

    gd_trace *trace = gd_trace_create(argv[1], &(gd_trace_options){.source = SOURCE});
    if (trace == NULL || gd_trace_attach(trace, t) != GD_OK)
        return fail(gd_message());
    gd_tensor *cube = gd_mul(t, x, gd_mul(t, x, x));
    gd_tensor *y = gd_sum(t, cube, GD_ALL_DIMS, false);
    gd_tensor *slope;
    if (gd_grad(t, y, &x, 1, &slope, &(gd_grad_options){.create_graph = true}) != GD_OK)
        return fail(gd_tape_message(t));
    gd_tensor *total = gd_sum(t, slope, GD_ALL_DIMS, false);
    if (gd_backward(t, total) != GD_OK)
        return fail(gd_tape_message(t));
    const float *second = x->grad->data;
    printf("6 x = %g %g %g\n", (double)second[0], (double)second[1], (double)second[2]);
    if (gd_trace_close(trace) != GD_OK)
        return fail(gd_message());
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
    return 0;
}
