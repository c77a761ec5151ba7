/* Quantises weights to 8 bits, and measures the change in predictions. */
#include "cli/export/export.h"

#include <math.h>
#include <stdlib.h>

float cli_int8_scale(const float *row, int64_t n)
{
    float most = 0;
    for (int64_t i = 0; i < n; ++i)
        most = fmaxf(most, fabsf(row[i]));
    return most / 127;
}

/* Every weight becomes the nearest multiple of its output's scale. */
static void round_weights(cli_export *e)
{
    for (int layer = 0; layer < cli_layers(e); ++layer) {
        gd_tensor *weight = gd_parameters_at(gd_model_parameters(e->model), 2 * layer);
        int64_t inputs = weight->shape[1];
        for (int64_t o = 0; o < weight->shape[0]; ++o) {
            float *row = (float *)weight->data + o * inputs, scale = cli_int8_scale(row, inputs);
            for (int64_t i = 0; scale > 0 && i < inputs; ++i)
                row[i] = roundf(row[i] / scale) * scale;
        }
        gd_tensor_modified(weight);
    }
}

/* ---- the change in predictions ---- */

typedef struct test_rows {
    gd_table *table; /* NULL: none was given */
    gd_examples truth;
} test_rows;

static int read_test_rows(test_rows *t, const cli_export *e)
{
    int code = CLI_OK;
    if (e->options->data == NULL)
        return CLI_OK;
    t->table = cli_model_read_test_table(e->model, e->options, e->options->data, &code);
    if (t->table != NULL)
        code = cli_examples_read(&t->truth, gd_model_target(e->model), t->table);
    return code;
}

/* Predicts the rows of the table of --data, or else the test vectors. */
static int predict(const test_rows *t, const cli_export *e, gd_prediction *prediction)
{
    return t->table != NULL
               ? cli_model_predict(e->model, t->table, t->truth.rows, prediction)
               : cli_check(gd_model_predict_features(e->model, e->probes.features, prediction));
}

static double difference(const gd_tensor *a, const gd_tensor *b)
{
    double most = 0;
    for (int64_t i = 0; i < gd_tensor_numel(a); ++i)
        most = fmax(most, fabs(((const double *)a->data)[i] - ((const double *)b->data)[i]));
    return most;
}

static void describe(cli_export *e, const test_rows *t, const gd_prediction *before,
                     const gd_prediction *after)
{
    const gd_target *target = gd_model_target(e->model);
    int n = snprintf(e->loss, sizeof e->loss, "%s of %s change by at most %.3g",
                     gd_target_task(target) == GD_REGRESSION ? "predictions" : "probabilities",
                     t->table != NULL ? "the table's rows" : "the test vectors",
                     difference(before->values, after->values));
    if (t->table != NULL)
        snprintf(e->loss + n, sizeof e->loss - (size_t)n, "; %s %.4g, before %.4g",
                 gd_main_score_name(target), gd_main_score(target, &t->truth, after),
                 gd_main_score(target, &t->truth, before));
}

int cli_int8(cli_export *e)
{
    test_rows t = {.table = NULL};
    gd_prediction before = {.values = NULL}, after = {.values = NULL};
    int code = read_test_rows(&t, e);
    if (code == CLI_OK)
        code = predict(&t, e, &before);
    if (code == CLI_OK) {
        round_weights(e);
        code = predict(&t, e, &after);
    }
    if (code == CLI_OK)
        describe(e, &t, &before, &after);
    gd_tensor_destroy(before.values);
    gd_tensor_destroy(after.values);
    gd_examples_free(&t.truth);
    gd_table_destroy(t.table);
    return code;
}
