/* Many labels at once: which of 14 functions does a yeast gene have, from 103 measurements of it?
 *
 * A gene has four functions on average, so this is not one of 14 classes: the network gives 14 logits, and
 * the sigmoid of each is the probability of one label, whatever the others are. The loss is binary cross
 * entropy, averaged over all cells of the table genes x labels. A cell that nobody has looked at is neither
 * yes nor no: a mask leaves it out. --hide-labels 0.33 makes a third of the training cells unknown, and
 * trains a second network that takes them for no, as is often done: what differs is what the mask is worth.
 * Read main() first, then run() and train().
 *
 * multilabel_mlp [--seed N] [--epochs N] [--tune-thresholds] [--hide-labels X] [--quiet] [FILE] */
#include "common/example.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>

/* The first rows of a file are for training; the last of those are held out where thresholds are tuned. */
enum { LABELS = 14, TRAINING = 1500, HELD_OUT = 300 };

/* x [N,D], measurements; y [N,LABELS], 0 or 1; known [N,LABELS], bool: false where y is not to be used. */
typedef struct genes {
    gd_tensor *x, *y, *known;
} genes;

/* ---- data --------------------------------------------------------------------------------- */

/* What is no number at all, gd_table_numbers refuses. */
static void check_labels(const gd_table *table)
{
    int columns = gd_table_columns(table);
    for (int64_t i = 0; i < gd_table_rows(table); ++i)
        for (int j = columns - LABELS; j < columns; ++j) {
            double label = gd_table_number(table, i, j);
            char message[512];
            if (label == 0 || label == 1 || isnan(label))
                continue;
            snprintf(message, sizeof message,
                     "%s:%d: 0 or 1 is expected in column \"%s\", found %g", gd_table_path(table),
                     (int)gd_table_line(table, i), gd_table_name(table, j), label);
            example_fail(message);
        }
}

/* All rows of a table whose last columns are the labels. */
static genes load(const gd_table *table)
{
    int features = gd_table_columns(table) - LABELS;
    int64_t n = gd_table_rows(table);
    example_check(
        features > 0 && n > TRAINING,
        "14 columns of labels behind those of features are expected, and more than 1500 rows");
    check_labels(table);
    genes g = {example_must(gd_table_numbers(table, 0, features, GD_F32)),
               example_must(gd_table_numbers(table, features, LABELS, GD_F32)),
               example_must(gd_tensor_create_ones(GD_BOOL, GD_DIMS(n, LABELS)))};
    return g;
}

static genes take(const genes *from, int64_t start, int64_t end)
{
    gd_tensor *rows = example_must(gd_tensor_create_arange(GD_I64, (double)start, (double)end, 1));
    genes g = {example_must(gd_take_rows(from->x, rows)), example_must(gd_take_rows(from->y, rows)),
               example_must(gd_take_rows(from->known, rows))};
    gd_tensor_destroy(rows);
    return g;
}

static void destroy(genes *g)
{
    gd_tensor_destroy(g->x);
    gd_tensor_destroy(g->y);
    gd_tensor_destroy(g->known);
}

/* Makes a share of the cells unknown, by chance. Their y becomes NaN: nothing looks at it. */
static void hide(genes *g, double share, uint64_t seed)
{
    gd_rng rng = {.key = ~seed}; /* not the stream that the weights come from */
    int64_t cells = gd_tensor_numel(g->y);
    gd_tensor *order = example_must(gd_tensor_create(GD_I64, GD_DIMS(cells)));
    example_check(gd_tensor_permutation(order, &rng) == GD_OK, gd_message());
    for (int64_t i = 0; i < (int64_t)(share * (double)cells); ++i) {
        int64_t cell = ((const int64_t *)order->data)[i];
        ((float *)g->y->data)[cell] = NAN;
        ((uint8_t *)g->known->data)[cell] = false;
    }
    gd_tensor_destroy(order);
}

/* The same genes where no is written for unknown. */
static genes unknown_as_negative(const genes *g)
{
    genes negative = take(g, 0, g->y->shape[0]);
    for (int64_t i = 0; i < gd_tensor_numel(g->y); ++i)
        if (!((const uint8_t *)g->known->data)[i]) {
            ((float *)negative.y->data)[i] = 0;
            ((uint8_t *)negative.known->data)[i] = true;
        }
    return negative;
}

/* ---- training ----------------------------------------------------------------------------- */

/* Dropout hides some of the measurements and half of the hidden units, others in every step: without it a
 * network of 140,000 weights learns 1500 rows by heart. Widths, dropout, learning rate and epochs were chosen on
 * the training rows alone: each fifth of them was held out from a network that learnt the others. Dropout of
 * the measurements did most: with it the Hamming loss there is .193, without .198. */
static gd_module *create_network(gd_parameters *parameters, int64_t features)
{
    gd_dropout_layer *dropout = example_must(gd_dropout_layer_create(parameters, "", 0.4));
    gd_module *mlp = example_must(gd_mlp_create(parameters, "", GD_DIMS(features, 384, 256, LABELS),
                                                &(gd_mlp_options){.dropout = 0.5}));
    return example_must(
        gd_sequential_create(parameters, "", 2, (gd_module *[]){&dropout->module, mlp}));
}

static void train(gd_tape *tape, gd_module *network, const genes *on,
                  const example_options *options)
{
    const gd_tensor *tensors[] = {on->x, on->y, on->known};
    gd_loader *loader = example_must(gd_loader_create(
        3, tensors,
        &(gd_loader_options){.batch_size = 64, .shuffle = true, .seed = options->seed}));
    gd_optimizer *adamw = example_must(gd_adamw_create(network->parameters, NULL));
    gd_schedule one_cycle = {.kind = GD_SCHEDULE_ONE_CYCLE,
                             .learning_rate = 0.003,
                             .steps = options->epochs * gd_loader_batches(loader)};
    for (int epoch = 1; epoch <= options->epochs; ++epoch) {
        double sum = 0;
        for (gd_tensor *batch[3]; gd_loader_next(loader, batch);) {
            gd_tape_reset(tape);
            gd_optimizer_zero_grad(adamw);
            gd_tensor *logits = gd_module_forward(tape, network, batch[0]);
            gd_binary_cross_entropy_with_logits_options known = {.mask = batch[2]};
            gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, logits, batch[1], &known);
            example_check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
            gd_schedule_step(&one_cycle, adamw);
            gd_optimizer_step(adamw);
            sum += gd_item(loss);
        }
        example_progress(options, epoch, sum / (double)gd_loader_batches(loader));
    }
    gd_loader_destroy(loader);
    gd_optimizer_destroy(adamw);
}

/* ---- testing ------------------------------------------------------------------------------ */

/* What a metric says of logits, or of yes and no, [N,LABELS]: one number, or LABELS of them. */
static void measure(const gd_metric_kind *kind, const gd_metric_options *options,
                    const gd_tensor *input, const genes *of, double *values)
{
    gd_metric *metric = example_must(gd_metric_create(kind, LABELS, options));
    example_check(gd_metric_update(metric, input, of->y, of->known) == GD_OK, gd_message());
    const gd_tensor *computed = gd_metric_compute(metric);
    for (int64_t i = 0; i < gd_tensor_numel(computed); ++i)
        values[i] = ((const double *)computed->data)[i];
    gd_metric_destroy(metric);
}

/* For each label the threshold, among those for the probabilities .05, .10, .. .95, that gives the highest
 * F1. One that is yes in a row of a hundred hardly gets a probability of .5 anywhere, and would never be
 * said; the price is paid in mistakes, which the Hamming loss counts. */
static void tune(gd_tensor *thresholds, const gd_tensor *logits, const genes *on)
{
    double f1[LABELS] = {0}, best[LABELS] = {0};
    for (int i = 1; i < 20; ++i) {
        double logit = log(i / (20.0 - i));
        measure(&gd_metric_f1, &(gd_metric_options){.average = GD_AVERAGE_NONE, .threshold = logit},
                logits, on, f1);
        for (int j = 0; j < LABELS; ++j)
            if (f1[j] > best[j]) {
                best[j] = f1[j];
                ((float *)thresholds->data)[j] = (float)logit;
            }
    }
}

static void print_labels(const gd_table *table, const gd_tensor *said, const genes *test)
{
    static const gd_metric_options each = {.average = GD_AVERAGE_NONE};
    double precision[LABELS] = {0}, recall[LABELS] = {0}, f1[LABELS] = {0};
    measure(&gd_metric_precision, &each, said, test, precision);
    measure(&gd_metric_recall, &each, said, test, recall);
    measure(&gd_metric_f1, &each, said, test, f1);
    printf("%-16s precision     recall         F1    support\n", "label");
    for (int j = 0; j < LABELS; ++j) {
        int support = 0;
        for (int64_t i = 0; i < test->y->shape[0]; ++i)
            support += ((const float *)test->y->data)[i * LABELS + j] > 0;
        printf("%-15s %10.4f %10.4f %10.4f %10d\n",
               gd_table_name(table, gd_table_columns(table) - LABELS + j), precision[j], recall[j],
               f1[j], support);
    }
}

/* The figures: three of yes and no, two of the order that the logits of a row are in. */
typedef struct figures {
    double hamming_loss, ranking_loss, average_precision, micro_f1, macro_f1;
} figures;

static figures measure_all(const gd_tensor *logits, const gd_tensor *said, const genes *test)
{
    static const gd_metric_options macro = {0}, micro = {.average = GD_AVERAGE_MICRO};
    figures f = {0};
    measure(&gd_metric_hamming_loss, NULL, said, test, &f.hamming_loss);
    measure(&gd_metric_ranking_loss, NULL, logits, test, &f.ranking_loss);
    measure(&gd_metric_ranking_average_precision, NULL, logits, test, &f.average_precision);
    measure(&gd_metric_f1, &micro, said, test, &f.micro_f1);
    measure(&gd_metric_f1, &macro, said, test, &f.macro_f1);
    return f;
}

static void print_json(const figures *f)
{
    printf("\"hamming_loss\": %.6f, \"ranking_loss\": %.6f, "
           "\"label_ranking_average_precision\": %.6f, \"micro_f1\": %.6f, \"macro_f1\": %.6f",
           f->hamming_loss, f->ranking_loss, f->average_precision, f->micro_f1, f->macro_f1);
}

/* ---- a network, from its first weights to its figures -------------------------------------- */

typedef struct settings {
    example_options common;
    bool tune_thresholds;
    double hide_labels;
} settings;

static gd_tensor *logits_of(gd_tape *tape, gd_module *network, const genes *of)
{
    gd_tape_reset(tape);
    gd_tensor *logits = gd_module_forward(tape, network, of->x);
    example_check(logits != NULL, gd_tape_message(tape));
    return logits;
}

static figures run(const gd_table *table, const genes *training, const genes *test,
                   const settings *s)
{
    gd_tape *tape = example_must(gd_tape_create());
    gd_parameters *parameters = example_must(gd_parameters_create());
    *gd_parameters_rng(parameters) = (gd_rng){.key = s->common.seed};
    gd_module *network = create_network(parameters, training->x->shape[1]);
    gd_tensor *thresholds = example_must(gd_tensor_create(GD_F32, GD_DIMS(LABELS))); /* p = .5 */

    genes learnt = take(training, 0, s->tune_thresholds ? TRAINING - HELD_OUT : TRAINING);
    genes held_out = take(training, TRAINING - HELD_OUT, TRAINING);
    train(tape, network, &learnt, &s->common);
    gd_tape_set_recording(tape, false);
    gd_parameters_set_training(parameters, false);
    if (s->tune_thresholds)
        tune(thresholds, logits_of(tape, network, &held_out), &held_out);

    gd_tensor *logits = logits_of(tape, network, test), *said = gd_gt(tape, logits, thresholds);
    example_check(said != NULL, gd_tape_message(tape));
    figures f = measure_all(logits, said, test);
    if (!s->common.quiet)
        print_labels(table, said, test);
    destroy(&learnt);
    destroy(&held_out);
    gd_tensor_destroy(thresholds);
    gd_parameters_destroy(parameters);
    gd_tape_destroy(tape);
    return f;
}

int main(int argc, char **argv)
{
    double start = example_seconds();
    settings s = {0};
    const example_option own[] = {
        {"--tune-thresholds", "choose each label's on 300 rows that are held out",
         &s.tune_thresholds, NULL},
        {"--hide-labels", "leave a share of the training cells out, in [0,1)", NULL,
         &s.hide_labels},
        {.name = NULL}};
    s.common = (example_options){.epochs = 25, .file = EXAMPLES_DATA "/yeast.csv.gz", .own = own};
    example_parse(&s.common, argc, argv);

    gd_table *table = example_must(gd_table_read(s.common.file, NULL));
    genes all = load(table);
    genes training = take(&all, 0, TRAINING), test = take(&all, TRAINING, all.y->shape[0]);
    example_standardize(&(example_part){training.x, NULL}, &(example_part){test.x, NULL});
    hide(&training, s.hide_labels, s.common.seed);

    figures masked = run(table, &training, &test, &s), negative = {0};
    if (s.hide_labels > 0) {
        if (!s.common.quiet)
            printf("\nunknown cells taken for no:\n");
        genes filled = unknown_as_negative(&training);
        negative = run(table, &filled, &test, &s);
        destroy(&filled);
    }

    printf("{");
    print_json(&masked);
    if (s.hide_labels > 0) {
        printf(", \"unknown_as_negative\": {");
        print_json(&negative);
        printf("}");
    }
    printf(", \"seconds\": %.6f}\n", example_seconds() - start);
    destroy(&all);
    destroy(&training);
    destroy(&test);
    gd_table_destroy(table);
    return 0;
}
