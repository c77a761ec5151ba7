/* Which of the library's functions one training step of logistic regression enters, or (argument
 * "cross_entropy") the gradient of cross entropy: their addresses, in the order of first entry.
 * For tests/step_functions.sh, which builds the library with -finstrument-functions and turns
 * addresses into names. */
#include <gradus.h>

#include <stdio.h>

enum { ROWS = 32, FEATURES = 30, MOST = 4096 };

static void *entered[MOST];
static int entered_count;
static bool is_counting;

void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

void __cyg_profile_func_enter(void *function, void *caller)
{
    (void)caller;
    for (int i = 0; is_counting && i < entered_count; ++i)
        if (entered[i] == function)
            return;
    if (is_counting && entered_count < MOST)
        entered[entered_count++] = function;
}

void __cyg_profile_func_exit(void *function, void *caller)
{
    (void)function, (void)caller;
}

/* As examples/logistic_regression.c, with the target cast and unsqueezed beforehand. */
static bool train(gd_tape *tape, gd_optimizer *sgd, gd_tensor *x, gd_tensor *y, gd_tensor *weight,
                  gd_tensor *bias)
{
    gd_tape_reset(tape);
    gd_optimizer_zero_grad(sgd);
    gd_tensor *logits = gd_linear(tape, x, weight, bias);
    gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, logits, y, NULL);
    return gd_backward(tape, loss) == GD_OK && gd_optimizer_step(sgd) == GD_OK;
}

static bool differentiate(gd_tape *tape, gd_tensor *logits, gd_tensor *classes)
{
    gd_tape_reset(tape);
    gd_zero_grad(logits);
    return gd_backward(tape, gd_cross_entropy(tape, logits, classes, NULL)) == GD_OK;
}

int main(int argc, char **argv)
{
    (void)argv;
    bool is_cross_entropy = argc > 1;
    gd_rng rng = {.key = 1};
    gd_tape *tape = gd_tape_create();
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(ROWS, FEATURES));
    gd_tensor *y = gd_tensor_create(GD_F32, GD_DIMS(ROWS, 1));
    gd_tensor *classes = gd_tensor_create(GD_I64, GD_DIMS(ROWS)); /* all 0 */
    gd_parameters *parameters = gd_parameters_create();
    gd_tensor *weight = gd_parameters_add(parameters, "weight", GD_F32, GD_DIMS(1, FEATURES));
    gd_tensor *bias = gd_parameters_add(parameters, "bias", GD_F32, GD_DIMS(1));
    gd_optimizer *sgd = gd_sgd_create(
        parameters,
        &(gd_sgd_options){.learning_rate = GD_SOME(0.1), .momentum = 0.9, .weight_decay = 0.003});
    bool ok = x != NULL && y != NULL && classes != NULL && sgd != NULL &&
              gd_tensor_normal(x, &rng, 0, 1) == GD_OK;
    for (int i = 0; ok && i < ROWS; ++i)
        ((float *)y->data)[i] = (float)(i % 2);
    if (ok)
        x->requires_grad = is_cross_entropy;
    for (int step = 0; ok && step < 4; ++step) { /* the last one: all memory is there */
        is_counting = step == 3;
        ok = is_cross_entropy ? differentiate(tape, x, classes)
                              : train(tape, sgd, x, y, weight, bias);
    }
    is_counting = false;
    for (int i = 0; i < entered_count; ++i)
        printf("%p\n", entered[i]);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(parameters);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    gd_tensor_destroy(classes);
    gd_tape_destroy(tape);
    return ok && entered_count < MOST ? 0 : 1;
}
