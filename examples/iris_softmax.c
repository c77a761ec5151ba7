/* Softmax regression: which of three irises is it, from the length and width of its petals and
 * sepals?
 *
 * The model is one linear layer with a score for each species. What cross entropy is stands here
 * in its two parts: log_softmax turns the scores of a flower into logarithms of probabilities
 * that sum to 1, and nll_loss takes that of the true species, the negative. It is 0 for a model
 * that is sure and right, and grows without bound the surer a wrong one is. Read main() first.
 *
 * iris_softmax [--seed N] [--epochs N] [--quiet] [FILE] */
#include "common/example.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>

/* ln p [N,C] of each class: softmax is p_c = e^score_c / sum of e^score_k, and its logarithm
 *     ln p_c = score_c - ln sum of e^score_k
 * keeps the digits of a small p, which the logarithm of softmax would have lost. */
static gd_tensor *log_probabilities(gd_tape *tape, gd_module *model, const example_part *rows)
{
    return gd_log_softmax(tape, gd_module_forward(tape, model, rows->x), 1);
}

static void train_model(gd_tape *tape, gd_module *model, const example_part *rows,
                        const example_options *options)
{
    gd_optimizer *adam = example_must(
        gd_adam_create(model->parameters, &(gd_adam_options){.learning_rate = GD_SOME(0.05)}));
    for (int epoch = 1; epoch <= options->epochs; ++epoch) {
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(adam);
        gd_tensor *loss = gd_nll_loss(tape, log_probabilities(tape, model, rows), rows->y, NULL);
        example_check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
        gd_optimizer_step(adam);
        example_progress(options, epoch, gd_item(loss));
    }
    gd_optimizer_destroy(adam);
}

/* What the model says of the first test rows, log_p [N,C]: the loss is the mean of the last
 * column, over all of them. */
static void print_flowers(gd_table *table, const gd_tensor *log_p, const gd_tensor *y)
{
    int target = gd_table_columns(table) - 1, classes = (int)log_p->shape[1];
    printf("probability of");
    for (int c = 0; c < classes; ++c)
        printf(" %12s", gd_table_level(table, target, c));
    printf("   truth        -ln p(truth)\n");
    for (int i = 0; i < y->shape[0] && i < 10; ++i) {
        const float *row = (const float *)log_p->data + (ptrdiff_t)i * classes;
        int64_t truth = ((const int64_t *)y->data)[i];
        printf("%-14d", i + 1);
        for (int c = 0; c < classes; ++c)
            printf(" %12.6f", (double)expf(row[c]));
        printf("   %-12s %12.6f\n", gd_table_level(table, target, truth), -(double)row[truth]);
    }
}

int main(int argc, char **argv)
{
    double start = example_seconds();
    example_options options = {.epochs = 200, .file = EXAMPLES_DATA "/iris.csv"};
    example_parse(&options, argc, argv);

    gd_table *table = example_must(gd_table_read(options.file, NULL));
    example_part train, test; /* x [N,D], float32; y [N] */
    example_split(table, GD_F32, options.seed, &train, &test);
    example_standardize(&train, &test);

    gd_parameters *parameters = example_must(gd_parameters_create());
    *gd_parameters_rng(parameters) = (gd_rng){.key = options.seed};
    gd_linear_layer *layer = example_must(
        gd_linear_layer_create(parameters, "", train.x->shape[1], example_classes(table), NULL));
    gd_tape *tape = example_must(gd_tape_create());
    example_trace(__FILE__, tape, parameters);
    train_model(tape, &layer->module, &train, &options);

    /* Testing; gd_cross_entropy of the scores is the same two ops in one call. */
    gd_tape_reset(tape);
    gd_tape_set_recording(tape, false);
    gd_tensor *log_p = log_probabilities(tape, &layer->module, &test);
    double loss = gd_item(gd_nll_loss(tape, log_p, test.y, NULL));
    gd_tensor *scores = gd_module_forward(tape, &layer->module, test.x);
    double in_one = gd_item(gd_cross_entropy(tape, scores, test.y, NULL));
    double accuracy = example_accuracy(tape, log_p, test.y);
    example_check(gd_tape_status(tape) == GD_OK, gd_tape_message(tape));
    if (!options.quiet)
        print_flowers(table, log_p, test.y);
    example_trace_end();
    gd_tape_destroy(tape);
    gd_parameters_destroy(parameters);
    gd_table_destroy(table);
    example_part_destroy(&train);
    example_part_destroy(&test);
    printf("{\"test_accuracy\": %.6f, \"test_log_loss\": %.6f, \"cross_entropy\": %.6f, "
           "\"seconds\": %.6f}\n",
           accuracy, loss, in_one, example_seconds() - start);
    return 0;
}
