#include "multilabel.h"

#include <math.h>
#include <stdio.h>

enum { TRAINING = 1500 }; /* rows, as in the split that is published with the data */

/* gd_table_numbers refuses cells that are not numbers. */
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

gd_tensor *multilabel_rows(const gd_tensor *x, int64_t start, int64_t end)
{
    gd_tensor *rows = example_must(gd_tensor_create_arange(GD_I64, (double)start, (double)end, 1));
    gd_tensor *taken = example_must(gd_take_rows(x, rows));
    gd_tensor_destroy(rows);
    return taken;
}

void multilabel_load(const gd_table *table, example_part *train, example_part *test)
{
    int features = gd_table_columns(table) - LABELS;
    int64_t n = gd_table_rows(table);
    example_check(
        features > 0 && n > TRAINING,
        "14 columns of labels behind those of features are expected, and more than 1500 rows");
    check_labels(table);
    gd_tensor *x = example_must(gd_table_numbers(table, 0, features, GD_F32));
    gd_tensor *y = example_must(gd_table_numbers(table, features, LABELS, GD_F32));
    *train = (example_part){multilabel_rows(x, 0, TRAINING), multilabel_rows(y, 0, TRAINING)};
    *test = (example_part){multilabel_rows(x, TRAINING, n), multilabel_rows(y, TRAINING, n)};
    example_standardize(train, test);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
}

void multilabel_measure(const gd_metric_kind *kind, const gd_metric_options *options,
                        const gd_tensor *input, const gd_tensor *y, const gd_tensor *known,
                        double *values)
{
    gd_metric *metric = example_must(gd_metric_create(kind, LABELS, options));
    example_check(gd_metric_update(metric, input, y, known) == GD_OK, gd_message());
    const gd_tensor *computed = gd_metric_compute(metric);
    for (int64_t i = 0; i < gd_tensor_numel(computed); ++i)
        values[i] = ((const double *)computed->data)[i];
    gd_metric_destroy(metric);
}

multilabel_scores multilabel_score(const gd_tensor *logits, const gd_tensor *predicted,
                                   const gd_tensor *y)
{
    static const gd_metric_options macro = {0}, micro = {.average = GD_AVERAGE_MICRO};
    multilabel_scores s = {0};
    multilabel_measure(&gd_metric_hamming_loss, NULL, predicted, y, NULL, &s.hamming_loss);
    multilabel_measure(&gd_metric_ranking_loss, NULL, logits, y, NULL, &s.ranking_loss);
    multilabel_measure(&gd_metric_ranking_average_precision, NULL, logits, y, NULL,
                       &s.average_precision);
    multilabel_measure(&gd_metric_f1, &micro, predicted, y, NULL, &s.micro_f1);
    multilabel_measure(&gd_metric_f1, &macro, predicted, y, NULL, &s.macro_f1);
    return s;
}

void multilabel_print_labels(const gd_table *table, const gd_tensor *predicted, const gd_tensor *y)
{
    static const gd_metric_options each = {.average = GD_AVERAGE_NONE};
    double precision[LABELS] = {0}, recall[LABELS] = {0}, f1[LABELS] = {0};
    multilabel_measure(&gd_metric_precision, &each, predicted, y, NULL, precision);
    multilabel_measure(&gd_metric_recall, &each, predicted, y, NULL, recall);
    multilabel_measure(&gd_metric_f1, &each, predicted, y, NULL, f1);
    printf("%-16s precision     recall         F1    support\n", "label");
    for (int j = 0; j < LABELS; ++j) {
        int support = 0;
        for (int64_t i = 0; i < y->shape[0]; ++i)
            support += ((const float *)y->data)[i * LABELS + j] > 0;
        printf("%-15s %10.4f %10.4f %10.4f %10d\n",
               gd_table_name(table, gd_table_columns(table) - LABELS + j), precision[j], recall[j],
               f1[j], support);
    }
}

void multilabel_print_scores(const multilabel_scores *s)
{
    printf("\"hamming_loss\": %.6f, \"ranking_loss\": %.6f, "
           "\"label_ranking_average_precision\": %.6f, \"micro_f1\": %.6f, \"macro_f1\": %.6f",
           s->hamming_loss, s->ranking_loss, s->average_precision, s->micro_f1, s->macro_f1);
}
