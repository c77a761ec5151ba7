/* Rare labels and unknown labels: what multilabel_mlp.c leaves open. Read that program first.
 *
 * --tune-thresholds: few genes have a rare label, so its probability is rarely above .5 and the
 * label is never predicted. With this option, each label gets the threshold with the best F1 on
 * 300 training rows that are held out. The recall of rare labels rises. The Hamming loss gets
 * worse, because it counts the additional mistakes.
 *
 * --hide-labels .33 makes a third of the training labels unknown. An unknown label is neither yes
 * nor no, so a mask leaves it out of the loss. For comparison, a second network is trained with
 * "no" for every unknown label, as is often done.
 *
 * multilabel_thresholds [--seed N] [--epochs N] [--tune-thresholds] [--hide-labels X] [--quiet]
 *                       [FILE] */
#include "common/multilabel.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>

enum { HELD_OUT = 300 }; /* the last training rows, for choosing thresholds */

/* Measurements x [N,D]; labels y [N,LABELS], 0 or 1; known [N,LABELS], bool: false where the label
 * is unknown. */
typedef struct genes {
    gd_tensor *x, *y, *known;
} genes;

typedef struct settings {
    example_options common;
    bool tune_thresholds;
    double hide_labels;
} settings;

static genes take(const genes *from, int64_t start, int64_t end)
{
    return (genes){multilabel_rows(from->x, start, end), multilabel_rows(from->y, start, end),
                   multilabel_rows(from->known, start, end)};
}

static void destroy(genes *g)
{
    gd_tensor_destroy(g->x);
    gd_tensor_destroy(g->y);
    gd_tensor_destroy(g->known);
}

/* ---- unknown labels ----------------------------------------------------------------------- */

/* Makes a random share of the labels unknown. Their y becomes NaN: a use of it would show in
 * every score. */
static void hide(genes *g, double share, uint64_t seed)
{
    gd_rng rng = {.key = ~seed}; /* not the stream of the initial weights */
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

/* Copies the genes with "no" for every unknown label. */
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

/* ---- thresholds --------------------------------------------------------------------------- */

/* Chooses, for each label, the threshold with the best F1 among the probabilities .05, .10, ..
 * .95. */
static void tune(gd_tensor *thresholds, const gd_tensor *logits, const genes *on)
{
    double f1[LABELS] = {0}, best[LABELS] = {0};
    for (int i = 1; i < 20; ++i) {
        double logit = log(i / (20.0 - i));
        gd_metric_options each = {.average = GD_AVERAGE_NONE, .threshold = logit};
        multilabel_measure(&gd_metric_f1, &each, logits, on->y, on->known, f1);
        for (int j = 0; j < LABELS; ++j)
            if (f1[j] > best[j]) {
                best[j] = f1[j];
                ((float *)thresholds->data)[j] = (float)logit;
            }
    }
}

/* ---- a network, as in multilabel_mlp.c ------------------------------------------------------ */

static gd_module *create_network(gd_parameters *parameters, int64_t features)
{
    gd_dropout_layer *dropout = example_must(gd_dropout_layer_create(parameters, "", 0.4));
    gd_module *mlp = example_must(gd_mlp_create(parameters, "", GD_DIMS(features, 384, 256, LABELS),
                                                &(gd_mlp_options){.dropout = 0.5}));
    return example_must(
        gd_sequential_create(parameters, "", 2, (gd_module *[]){&dropout->module, mlp}));
}

static void train_network(gd_tape *tape, gd_module *network, const genes *rows,
                          const example_options *options)
{
    gd_loader_options shuffled = {.batch_size = 64, .shuffle = true, .seed = options->seed};
    gd_loader *loader = example_must(
        gd_loader_create(3, (const gd_tensor *[]){rows->x, rows->y, rows->known}, &shuffled));
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
            example_check(gd_schedule_step(&one_cycle, adamw) == GD_OK, gd_message());
            gd_optimizer_step(adamw);
            sum += gd_item(loss);
        }
        example_progress(options, epoch, sum / (double)gd_loader_batches(loader));
    }
    gd_loader_destroy(loader);
    gd_optimizer_destroy(adamw);
}

static gd_tensor *logits_of(gd_tape *tape, gd_module *network, gd_tensor *x)
{
    gd_tape_reset(tape);
    gd_tensor *logits = gd_module_forward(tape, network, x);
    example_check(logits != NULL, gd_tape_message(tape));
    return logits;
}

/* Trains a network and scores it on the test rows. */
static multilabel_scores run(const gd_table *table, const genes *training, const example_part *test,
                             const settings *s)
{
    gd_tape *tape = example_must(gd_tape_create());
    gd_parameters *parameters = example_must(gd_parameters_create());
    *gd_parameters_rng(parameters) = (gd_rng){.key = s->common.seed};
    gd_module *network = create_network(parameters, training->x->shape[1]);
    example_trace(__FILE__, tape, parameters);
    gd_tensor *thresholds = example_must(gd_tensor_create(GD_F32, GD_DIMS(LABELS))); /* p = .5 */

    int64_t n = training->x->shape[0];
    genes learnt = take(training, 0, s->tune_thresholds ? n - HELD_OUT : n);
    genes held_out = take(training, n - HELD_OUT, n);
    train_network(tape, network, &learnt, &s->common);
    gd_tape_set_recording(tape, false);
    gd_parameters_set_training(parameters, false);
    if (s->tune_thresholds)
        tune(thresholds, logits_of(tape, network, held_out.x), &held_out);

    gd_tensor *logits = logits_of(tape, network, test->x);
    gd_tensor *predicted = gd_gt(tape, logits, thresholds);
    example_check(predicted != NULL, gd_tape_message(tape));
    multilabel_scores scores = multilabel_score(logits, predicted, test->y);
    if (!s->common.quiet)
        multilabel_print_labels(table, predicted, test->y);
    destroy(&learnt);
    destroy(&held_out);
    gd_tensor_destroy(thresholds);
    example_trace_end();
    gd_parameters_destroy(parameters);
    gd_tape_destroy(tape);
    return scores;
}

int main(int argc, char **argv)
{
    double start = example_seconds();
    settings s = {0};
    const example_option own[] = {
        {.name = "--tune-thresholds",
         .help = "tune each label's threshold on 300 rows that are held out",
         .flag = &s.tune_thresholds},
        {.name = "--hide-labels",
         .help = "hide this share of the training labels, in [0,1)",
         .share = &s.hide_labels},
        {.name = NULL}};
    s.common = (example_options){.epochs = 25, .file = EXAMPLES_DATA "/yeast.csv.gz", .own = own};
    example_parse(&s.common, argc, argv);

    gd_table *table = example_must(gd_table_read(s.common.file, NULL));
    example_part train, test;
    multilabel_load(table, &train, &test);
    gd_tensor *known = example_must(gd_tensor_create_ones(GD_BOOL, train.y->ndim, train.y->shape));
    genes masked = {train.x, train.y, known};
    hide(&masked, s.hide_labels, s.common.seed);

    multilabel_scores scores = run(table, &masked, &test, &s), negative_scores = {0};
    if (s.hide_labels > 0) {
        if (!s.common.quiet)
            printf("\nunknown labels taken for no:\n");
        genes negative = unknown_as_negative(&masked);
        negative_scores = run(table, &negative, &test, &s);
        destroy(&negative);
    }

    printf("{");
    multilabel_print_scores(&scores);
    if (s.hide_labels > 0) {
        printf(", \"unknown_as_negative\": {");
        multilabel_print_scores(&negative_scores);
        printf("}");
    }
    printf(", \"seconds\": %.6f}\n", example_seconds() - start);
    destroy(&masked);
    example_part_destroy(&test);
    gd_table_destroy(table);
    return 0;
}
