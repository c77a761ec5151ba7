/* Logistic regression: is a tumour benign or malignant, from 30 measurements of its cells?
 *
 * The model is one linear layer: a score w . x + b for each row. The sigmoid of the score is the
 * probability of "malignant"; training makes the probabilities fit the known diagnoses. Read
 * main() first. */
#include "common/example.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* How wrong the scores [N,1] of these rows are: the mean cross entropy, []. */
static gd_tensor *loss_of(gd_tape *tape, gd_tensor *logits, const example_part *rows)
{
    gd_tensor *y = gd_unsqueeze(tape, gd_cast(tape, rows->y, GD_F32), 1);
    return gd_binary_cross_entropy_with_logits(tape, logits, y, NULL);
}

/* The five features whose weights are largest; on standardised features weights can be
 * compared. */
static void print_strongest(const gd_table *table, gd_tensor *weight)
{
    const float *w = weight->data;
    bool *shown = calloc((size_t)weight->shape[1], sizeof *shown);
    printf("\nstrongest features           weight\n");
    for (int k = 0; shown != NULL && k < 5 && k < weight->shape[1]; ++k) {
        int best = -1;
        for (int j = 0; j < weight->shape[1]; ++j)
            if (!shown[j] && (best < 0 || fabsf(w[j]) > fabsf(w[best])))
                best = j;
        shown[best] = true;
        printf("  %-24s %+8.3f\n", gd_table_name(table, best), (double)w[best]);
    }
    free(shown);
}

int main(int argc, char **argv)
{
    double start = example_seconds();
    example_options options = {.epochs = 100, .file = EXAMPLES_DATA "/breast_cancer.csv"};
    example_parse(&options, argc, argv);

    gd_table *table = example_must(gd_table_read(options.file, NULL));
    example_check(example_classes(table) == 2,
                  "the last column must hold exactly two different texts");
    example_part train, test; /* x [N,D], float32; y [N], 0 or 1 */
    example_split(table, GD_F32, options.seed, &train, &test);
    example_standardize(&train, &test);

    /* What is learnt: a weight for each feature and a bias; zeros are a fair start. */
    gd_parameters *parameters = example_must(gd_parameters_create());
    gd_tensor *weight = example_must(
        gd_parameters_add(parameters, "weight", GD_F32, GD_DIMS(1, train.x->shape[1])));
    gd_tensor *bias = example_must(gd_parameters_add(parameters, "bias", GD_F32, GD_DIMS(1)));
    gd_optimizer *sgd = example_must(gd_sgd_create(
        parameters,
        &(gd_sgd_options){.learning_rate = GD_SOME(0.1), .momentum = 0.9, .weight_decay = 0.003}));
    /* Training: what the model says, how wrong that is, where less wrong lies, one step there. */
    gd_tape *tape = example_must(gd_tape_create());
    example_trace(__FILE__, tape, parameters);
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(sgd);
        gd_tensor *logits = gd_linear(tape, train.x, weight, bias);
        gd_tensor *loss = loss_of(tape, logits, &train);
        if (gd_backward(tape, loss) != GD_OK)
            example_fail(gd_tape_message(tape));
        gd_optimizer_step(sgd);
        example_progress(&options, epoch, gd_item(loss));
    }

    /* Testing, on rows that training has not seen: nothing is recorded. */
    gd_tape_reset(tape);
    gd_tape_set_recording(tape, false);
    gd_tensor *logits = gd_linear(tape, test.x, weight, bias);
    gd_tensor *loss = loss_of(tape, logits, &test);
    if (gd_tape_status(tape) != GD_OK)
        example_fail(gd_tape_message(tape));
    int confusion[2][2] = {{0}}, rows = (int)test.y->shape[0];
    for (int i = 0; i < rows; ++i)
        ++confusion[((int64_t *)test.y->data)[i]][((float *)logits->data)[i] > 0.0f];
    double accuracy = (double)(confusion[0][0] + confusion[1][1]) / rows;

    if (!options.quiet) {
        const char *no = gd_table_level(table, gd_table_columns(table) - 1, 0);
        const char *yes = gd_table_level(table, gd_table_columns(table) - 1, 1);
        printf("test accuracy %.4f, log loss %.4f nats, of %d rows\n\n", accuracy, gd_item(loss),
               rows);
        printf("%-16s %12s %12s\n", "true \\ predicted", no, yes);
        printf("%-16s %12d %12d\n", no, confusion[0][0], confusion[0][1]);
        printf("%-16s %12d %12d\n", yes, confusion[1][0], confusion[1][1]);
        print_strongest(table, weight);
        printf("\n");
    }
    double log_loss = gd_item(loss);
    example_trace_end();
    gd_tape_destroy(tape);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(parameters);
    gd_table_destroy(table);
    example_part_destroy(&train);
    example_part_destroy(&test);
    printf("{\"test_accuracy\": %.6f, \"test_log_loss\": %.6f, \"seconds\": %.6f}\n", accuracy,
           log_loss, example_seconds() - start);
    return 0;
}
