/* A network whose two hidden layers share one weight, with a bias that every row gets, and
 * dropout. Usage: mlp TRACE */
#include <gradus.h>

#include <stdio.h>

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

int main(int argc, char **argv)
{
    gd_rng rng = {.key = 2};
    gd_tape *t = gd_tape_create();
    gd_parameters *parameters = gd_parameters_create();
    gd_tensor *shared = gd_parameters_add(parameters, "shared", GD_F32, GD_DIMS(4, 4));
    gd_tensor *bias = gd_parameters_add(parameters, "bias", GD_F32, GD_DIMS(4));
    gd_tensor *last = gd_parameters_add(parameters, "last", GD_F32, GD_DIMS(4, 1));
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(6, 4));
    gd_tensor *y = gd_tensor_create(GD_F32, GD_DIMS(6, 1));
    gd_optimizer *sgd = gd_sgd_create(parameters, &(gd_sgd_options){.learning_rate = GD_SOME(0.1)});
    if (argc != 2 || t == NULL || sgd == NULL || x == NULL || y == NULL)
        return fail("usage: mlp TRACE");
    gd_tensor_normal(x, &rng, 0, 1);
    gd_tensor_normal(y, &rng, 0, 1);
    gd_tensor_normal(shared, &rng, 0, 0.7);
    gd_tensor_normal(bias, &rng, 0, 0.3);
    gd_tensor_normal(last, &rng, 0, 0.7);

    gd_trace *trace = gd_trace_create(argv[1], &(gd_trace_options){.source = SOURCE});
    if (trace == NULL || gd_trace_attach(trace, t) != GD_OK ||
        gd_trace_watch(trace, parameters) != GD_OK)
        return fail(gd_message());
    for (int step = 0; step < 3; ++step) {
        gd_tape_reset(t);
        gd_optimizer_zero_grad(sgd);
        gd_tensor *first = gd_relu(t, gd_add(t, gd_matmul(t, x, shared), bias));
        gd_tensor *kept = gd_dropout(t, first, 0.25, &rng);
        gd_tensor *second = gd_tanh(t, gd_add(t, gd_matmul(t, kept, shared), bias));
        gd_tensor *output = gd_name(t, gd_matmul(t, second, last), "output");
        gd_tensor *loss = gd_mse_loss(t, output, y, NULL);
        if (gd_backward(t, loss) != GD_OK)
            return fail(gd_tape_message(t));
        printf("step %d: loss %.6f\n", step + 1, gd_item(loss));
        gd_optimizer_step(sgd);
    }
    if (gd_trace_close(trace) != GD_OK)
        return fail(gd_message());
    gd_tape_destroy(t);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(parameters);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    return 0;
}
