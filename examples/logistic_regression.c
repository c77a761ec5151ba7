/* Logistic regression: is a tumour benign or malignant, from 30 measurements of its cells?
 *
 * The model is one linear layer: a score w . x + b for each row. The sigmoid of the score is the
 * probability of "malignant"; training makes the probabilities fit the known diagnoses. Read main()
 * first. */
#include "common/example.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Rows for training or for testing. */
typedef struct part {
    gd_tensor *x; /* [N,D] measurements, standardised */
    gd_tensor *y; /* [N,1] 0 or 1 */
} part;

/* Ends the program where a function of the library has failed. */
static void *must(void *result)
{
    if (result == NULL)
        example_fail(gd_message());
    return result;
}

static part take_part(const gd_tensor *x, const gd_tensor *classes, gd_tensor *rows)
{
    gd_tensor *class_of = must(gd_take_rows(classes, rows));
    part p = {must(gd_take_rows(x, rows)),
              must(gd_tensor_create(GD_F32, GD_DIMS(rows->shape[0], 1)))};
    for (int64_t i = 0; i < rows->shape[0]; ++i)
        ((float *)p.y->data)[i] = (float)((int64_t *)class_of->data)[i];
    gd_tensor_destroy(class_of);
    gd_tensor_destroy(rows);
    return p;
}

/* Splits the rows 80/20 and puts both parts on the scale of the training rows. */
static void load(gd_table *table, uint64_t seed, part *train, part *test)
{
    int target = gd_table_columns(table) - 1;
    gd_tensor *x = must(gd_table_numbers(table, 0, target, GD_F32));
    gd_tensor *classes = must(gd_table_classes(table, target));
    if (gd_table_class_name(table, target, 1) == NULL ||
        gd_table_class_name(table, target, 2) != NULL)
        example_fail("the last column must hold exactly two different texts");
    gd_tensor *train_rows, *test_rows, *mean, *deviation;
    gd_rng rng = {.key = seed};
    if (gd_split_stratified(classes, 0.2, &rng, &train_rows, &test_rows) != GD_OK)
        example_fail(gd_message());
    if (test_rows->shape[0] == 0)
        example_fail("there are too few rows to test on: at least three of a class are needed");
    *train = take_part(x, classes, train_rows);
    *test = take_part(x, classes, test_rows);
    if (gd_standardize_fit(train->x, &mean, &deviation) != GD_OK ||
        gd_standardize(train->x, mean, deviation) != GD_OK ||
        gd_standardize(test->x, mean, deviation) != GD_OK)
        example_fail(gd_message());
    gd_tensor_destroy(x);
    gd_tensor_destroy(classes);
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
}

/* The five features whose weights are largest; on standardised features weights can be compared. */
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

    gd_table *table = must(gd_table_read_csv(options.file));
    part train, test;
    load(table, options.seed, &train, &test);

    /* What is learnt: a weight for each feature and a bias; zeros are a fair start. */
    gd_parameters *parameters = must(gd_parameters_create());
    gd_tensor *weight =
        must(gd_parameters_add(parameters, "weight", GD_F32, GD_DIMS(1, train.x->shape[1])));
    gd_tensor *bias = must(gd_parameters_add(parameters, "bias", GD_F32, GD_DIMS(1)));
    gd_optimizer *sgd = must(gd_sgd_create(
        parameters,
        &(gd_sgd_options){.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.003}));
    /* Training: what the model says, how wrong that is, where less wrong lies, one step there. */
    gd_tape *tape = must(gd_tape_create());
    for (int epoch = 1; epoch <= options.epochs; ++epoch) {
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(sgd);
        gd_tensor *logits = gd_linear(tape, train.x, weight, bias);
        gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, logits, train.y, NULL);
        if (gd_backward(tape, loss) != GD_OK)
            example_fail(gd_tape_message(tape));
        gd_optimizer_step(sgd);
        example_progress(&options, epoch, gd_item(loss));
    }

    /* Testing, on rows that training has not seen: nothing is recorded. */
    gd_tape_reset(tape);
    gd_tape_set_recording(tape, false);
    gd_tensor *logits = gd_linear(tape, test.x, weight, bias);
    gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, logits, test.y, NULL);
    if (gd_tape_status(tape) != GD_OK)
        example_fail(gd_tape_message(tape));
    int confusion[2][2] = {{0}}, rows = (int)test.y->shape[0];
    for (int i = 0; i < rows; ++i)
        ++confusion[((float *)test.y->data)[i] > 0.5f][((float *)logits->data)[i] > 0.0f];
    double accuracy = (double)(confusion[0][0] + confusion[1][1]) / rows;

    if (!options.quiet) {
        const char *no = gd_table_class_name(table, gd_table_columns(table) - 1, 0);
        const char *yes = gd_table_class_name(table, gd_table_columns(table) - 1, 1);
        printf("test accuracy %.4f, log loss %.4f nats, of %d rows\n\n", accuracy, gd_item(loss),
               rows);
        printf("%-16s %12s %12s\n", "true \\ said", no, yes);
        printf("%-16s %12d %12d\n", no, confusion[0][0], confusion[0][1]);
        printf("%-16s %12d %12d\n", yes, confusion[1][0], confusion[1][1]);
        print_strongest(table, weight);
        printf("\n");
    }
    double log_loss = gd_item(loss);
    gd_tape_destroy(tape);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(parameters);
    gd_table_destroy(table);
    gd_tensor *owned[] = {train.x, train.y, test.x, test.y};
    for (int i = 0; i < 4; ++i)
        gd_tensor_destroy(owned[i]);
    printf("{\"test_accuracy\": %.6f, \"test_log_loss\": %.6f, \"seconds\": %.6f}\n", accuracy,
           log_loss, example_seconds() - start);
    return 0;
}
