/* Logistic regression: 400 rows of 30 numbers, three steps downhill that are written out by hand.
 * Usage: logistic_regression TRACE */
#include <gradus.h>

#include <stdio.h>

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

/* w becomes w - rate dw. */
static void descend(gd_tensor *w, double rate)
{
    float *value = w->data;
    const float *slope = w->grad->data;
    for (int64_t i = 0; i < gd_tensor_numel(w); ++i)
        value[i] -= (float)rate * slope[i];
    gd_tensor_modified(w);
}

int main(int argc, char **argv)
{
    gd_rng rng = {.key = 1};
    gd_tape *t = gd_tape_create();
    gd_parameters *parameters = gd_parameters_create();
    gd_tensor *weight = gd_parameters_add(parameters, "weight", GD_F32, GD_DIMS(1, 30));
    gd_tensor *bias = gd_parameters_add(parameters, "bias", GD_F32, GD_DIMS(1));
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(400, 30));
    gd_tensor *y = gd_tensor_create(GD_F32, GD_DIMS(400, 1));
    if (argc != 2 || t == NULL || bias == NULL || x == NULL || y == NULL)
        return fail("usage: logistic_regression TRACE");

    /* A row is of class 1 if its first two numbers sum to more than 0. */
    gd_tensor_normal(x, &rng, 0, 1);
    const float *rows = x->data;
    for (int i = 0; i < 400; ++i)
        ((float *)y->data)[i] = rows[30 * i] + rows[30 * i + 1] > 0 ? 1 : 0;

    gd_trace *trace = gd_trace_create(argv[1], &(gd_trace_options){.source = SOURCE});
    if (trace == NULL || gd_trace_attach(trace, t) != GD_OK ||
        gd_trace_watch(trace, parameters) != GD_OK)
        return fail(gd_message());
    for (int step = 0; step < 3; ++step) {
        gd_tape_reset(t);
        gd_zero_grad(weight);
        gd_zero_grad(bias);
        gd_tensor *logits = gd_linear(t, x, weight, bias);
        gd_tensor *loss = gd_binary_cross_entropy_with_logits(t, logits, y, NULL);
        if (gd_backward(t, loss) != GD_OK)
            return fail(gd_tape_message(t));
        printf("step %d: loss %.6f\n", step + 1, gd_item(loss));
        descend(weight, 0.5);
        descend(bias, 0.5);
    }
    if (gd_trace_close(trace) != GD_OK)
        return fail(gd_message());
    gd_tape_destroy(t);
    gd_parameters_destroy(parameters);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    return 0;
}
