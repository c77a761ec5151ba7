/* A network 784-128-10 and a batch of 64, as for pictures of digits: three steps of Adam.
 * Usage: large_mlp TRACE */
#include <gradus.h>

#include <stdio.h>

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

int main(int argc, char **argv)
{
    gd_rng rng = {.key = 3};
    gd_tape *t = gd_tape_create();
    gd_parameters *parameters = gd_parameters_create();
    gd_tensor *w1 = gd_parameters_add(parameters, "w1", GD_F32, GD_DIMS(128, 784));
    gd_tensor *b1 = gd_parameters_add(parameters, "b1", GD_F32, GD_DIMS(128));
    gd_tensor *w2 = gd_parameters_add(parameters, "w2", GD_F32, GD_DIMS(10, 128));
    gd_tensor *b2 = gd_parameters_add(parameters, "b2", GD_F32, GD_DIMS(10));
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(64, 784));
    gd_tensor *y = gd_tensor_create(GD_I64, GD_DIMS(64));
    gd_optimizer *adam = gd_adam_create(parameters, NULL);
    if (argc != 2 || t == NULL || adam == NULL || x == NULL || y == NULL)
        return fail("usage: large_mlp TRACE");
    gd_tensor_uniform(x, &rng, 0, 1);
    gd_tensor_normal(w1, &rng, 0, 0.05);
    gd_tensor_normal(w2, &rng, 0, 0.1);
    for (int i = 0; i < 64; ++i)
        ((int64_t *)y->data)[i] = i % 10;

    gd_trace *trace = gd_trace_create(argv[1], &(gd_trace_options){.source = SOURCE});
    if (trace == NULL || gd_trace_attach(trace, t) != GD_OK ||
        gd_trace_watch(trace, parameters) != GD_OK)
        return fail(gd_message());
    for (int step = 0; step < 3; ++step) {
        gd_tape_reset(t);
        gd_optimizer_zero_grad(adam);
        gd_tensor *hidden = gd_relu(t, gd_linear(t, x, w1, b1));
        gd_tensor *scores = gd_linear(t, hidden, w2, b2);
        gd_tensor *loss = gd_cross_entropy(t, scores, y, NULL);
        if (gd_backward(t, loss) != GD_OK)
            return fail(gd_tape_message(t));
        printf("step %d: loss %.6f\n", step + 1, gd_item(loss));
        gd_optimizer_step(adam);
    }
    if (gd_trace_close(trace) != GD_OK)
        return fail(gd_message());
    gd_tape_destroy(t);
    gd_optimizer_destroy(adam);
    gd_parameters_destroy(parameters);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    return 0;
}
