/* Many labels at once: which of 14 functions does a yeast gene have, from 103 measurements?
 *
 * A gene has four functions on average, so choosing one of 14 classes would be wrong. Instead, the
 * network has 14 outputs (logits). The sigmoid of each logit is the probability of one label,
 * independent of the others. The loss is binary cross entropy, averaged over all cells of the
 * table genes x labels. A label is predicted if its probability is above .5, that is, if its
 * logit is above 0.
 *
 * Read main() first, then train_network(). multilabel_thresholds.c goes on from here: a threshold
 * for each label, and training labels that are not known.
 *
 * multilabel_mlp [--seed N] [--epochs N] [--quiet] [FILE] */
#include "common/multilabel.h"

#include <gradus.h>

#include <stdio.h>

/* Dropout sets some of the measurements and half of the hidden units to 0, different ones in
 * every step. Without it, a network of 140,000 weights memorises 1500 rows. Widths, dropout,
 * learning rate and epochs were chosen by 5-fold cross-validation on the training rows. Dropout
 * of the measurements helped most: it lowers the Hamming loss there from .198 to .193. */
static gd_module *create_network(gd_parameters *parameters, int64_t features)
{
    gd_dropout_layer *dropout = example_must(gd_dropout_layer_create(parameters, "", 0.4));
    gd_module *mlp = example_must(gd_mlp_create(parameters, "", GD_DIMS(features, 384, 256, LABELS),
                                                &(gd_mlp_options){.dropout = 0.5}));
    return example_must(
        gd_sequential_create(parameters, "", 2, (gd_module *[]){&dropout->module, mlp}));
}

/* Goes through the rows in small batches, in a new random order in each epoch. The learning rate
 * rises at first and then falls to 0. */
static void train_network(gd_tape *tape, gd_module *network, const example_part *rows,
                          const example_options *options)
{
    gd_loader_options shuffled = {.batch_size = 64, .shuffle = true, .seed = options->seed};
    gd_loader *loader =
        example_must(gd_loader_create(2, (const gd_tensor *[]){rows->x, rows->y}, &shuffled));
    gd_optimizer *adamw = example_must(gd_adamw_create(network->parameters, NULL));
    /* The loss leaves out cells whose mask is false: labels that nobody knows. One "true" stands
     * for all cells. */
    gd_tensor *known = example_must(gd_tensor_create_ones(GD_BOOL, 0, NULL));
    gd_binary_cross_entropy_with_logits_options masked = {.mask = known};
    gd_schedule one_cycle = {.kind = GD_SCHEDULE_ONE_CYCLE,
                             .learning_rate = 0.003,
                             .steps = options->epochs * gd_loader_batches(loader)};
    for (int epoch = 1; epoch <= options->epochs; ++epoch) {
        double sum = 0;
        for (gd_tensor *batch[2]; gd_loader_next(loader, batch);) {
            gd_tape_reset(tape);
            gd_optimizer_zero_grad(adamw);
            gd_tensor *logits = gd_module_forward(tape, network, batch[0]);
            gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, logits, batch[1], &masked);
            example_check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
            example_check(gd_schedule_step(&one_cycle, adamw) == GD_OK, gd_message());
            gd_optimizer_step(adamw);
            sum += gd_item(loss);
        }
        example_progress(options, epoch, sum / (double)gd_loader_batches(loader));
    }
    gd_tensor_destroy(known);
    gd_loader_destroy(loader);
    gd_optimizer_destroy(adamw);
}

int main(int argc, char **argv)
{
    double start = example_seconds();
    example_options options = {
        .epochs = 25,
        .file = EXAMPLES_DATA "/yeast.csv.gz",
        .see_also = "multilabel_thresholds has the options --tune-thresholds and --hide-labels"};
    example_parse(&options, argc, argv);

    gd_table *table = example_must(gd_table_read(options.file, NULL));
    example_part train, test; /* x [N,103]; y [N,14], 0 or 1; float32 */
    multilabel_load(table, &train, &test);

    gd_parameters *parameters = example_must(gd_parameters_create());
    *gd_parameters_rng(parameters) = (gd_rng){.key = options.seed};
    gd_module *network = create_network(parameters, train.x->shape[1]);
    gd_tape *tape = example_must(gd_tape_create());
    example_trace(__FILE__, tape, parameters);
    train_network(tape, network, &train, &options);

    /* Testing, on rows that the network was not trained on: no recording, no dropout. */
    gd_tape_reset(tape);
    gd_tape_set_recording(tape, false);
    gd_parameters_set_training(parameters, false);
    gd_tensor *logits = gd_module_forward(tape, network, test.x);
    gd_tensor *predicted = gd_gt(tape, logits, gd_scalar(tape, 0, GD_F32));
    example_check(predicted != NULL, gd_tape_message(tape));
    multilabel_scores scores = multilabel_score(logits, predicted, test.y);
    if (!options.quiet)
        multilabel_print_labels(table, predicted, test.y);

    example_trace_end();
    gd_tape_destroy(tape);
    gd_parameters_destroy(parameters);
    gd_table_destroy(table);
    example_part_destroy(&train);
    example_part_destroy(&test);
    printf("{");
    multilabel_print_scores(&scores);
    printf(", \"seconds\": %.6f}\n", example_seconds() - start);
    return 0;
}
