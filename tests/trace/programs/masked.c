/* Sequences of different lengths in one tensor: what is behind an end is NaN, and no number of the
 * loss comes from there. Usage: masked TRACE */
#include <gradus.h>

#include <math.h>
#include <stdio.h>

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

int main(int argc, char **argv)
{
    float values[] = {0.5F, -1, 2, NAN, 1.5F, NAN, NAN, NAN, -0.5F, 3, 1, 0.25F};
    float truth[] = {1, -1, 1, 0, 2, 0, 0, 0, 0, 2.5F, 1, 1};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_borrowed(GD_F32, values, GD_DIMS(3, 4));
    gd_tensor *y = gd_tensor_create_borrowed(GD_F32, truth, GD_DIMS(3, 4));
    gd_tensor *factor = gd_tensor_create_ones(GD_F32, GD_DIMS(1));
    if (argc != 2 || t == NULL || x == NULL || y == NULL || factor == NULL)
        return fail("usage: masked TRACE");
    x->requires_grad = factor->requires_grad = true;

    gd_trace *trace = gd_trace_create(argv[1], &(gd_trace_options){.source = SOURCE});
    if (trace == NULL || gd_trace_attach(trace, t) != GD_OK)
        return fail(gd_message());
    gd_tensor *mask = gd_logical_not(t, gd_isnan(t, x));
    gd_tensor *inside = gd_masked_select(t, x, mask);
    gd_tensor *output = gd_mul(t, inside, factor);
    gd_tensor *target = gd_masked_select(t, y, mask);
    gd_tensor *loss = gd_mse_loss(t, output, target, NULL);
    if (gd_backward(t, loss) != GD_OK)
        return fail(gd_tape_message(t));
    printf("loss %.6f\n", gd_item(loss));
    if (gd_trace_close(trace) != GD_OK)
        return fail(gd_message());
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    gd_tensor_destroy(factor);
    return 0;
}
