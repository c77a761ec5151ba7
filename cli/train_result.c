/* gradus train: the model is judged, saved and reported. */
#include "cli/cli.h"
#include "cli/commands/eval_text.h"
#include "cli/report/page.h"
#include "cli/thresholds.h"
#include "cli/training.h"

#include <inttypes.h>

static const char *const kinds[] = {"logreg", "mlp", "mean of logreg and mlp"};

/* Any seed, exactly: JSON's whole numbers end at 2^63 - 1 in many readers, and larger ones are a text. */
static gd__json *describe_seed(uint64_t seed)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return seed <= INT64_MAX ? gd__json_integer((int64_t)seed) : gd__json_string(text);
}

/* How the model came about: kept in it, and printed by inspect. A path that is not UTF-8 is null. */
static gd__json *describe_training(const cli_training *t, const gd__json *scores)
{
    const cli_choice *c = &t->choice;
    const cli_finalist *f = c->kind == CLI_LINEAR_MODEL ? &c->linear : &c->network;
    const char *path = gd_table_path(t->table);
    gd__json *json = gd__json_object();
    gd__json_set(json, "table", gd__is_utf8(path) ? gd__json_string(path) : gd__json_null());
    gd__json_set(json, "seed", describe_seed(t->options->seed));
    gd__json_set(json, "rows", gd__json_integer(t->truth.y->shape[0]));
    if (scores != NULL) {
        gd__json_set(json, "model", gd__json_string(kinds[c->kind]));
        gd__json_set(json, "epochs", gd__json_integer(f->epoch));
    } else {
        gd__json_set(json, "interrupted", gd__json_boolean(true));
    }
    gd__json_set(json, "validation",
                 gd__json_string(t->valid_table != NULL    ? "a table of its own"
                                 : t->validation.count > 1 ? "cross-validation"
                                                           : "a part of the rows"));
    gd__json_set(json, "folds", gd__json_integer(t->validation.count));
    if (scores != NULL)
        gd__json_set(json, "scores", gd__json_copy(scores));
    return json;
}

/* Predictions of the validation rows, by models that have not seen them. */
static int predict_validation(const cli_training *t, cli_prediction *prediction)
{
    *prediction =
        (cli_prediction){.values = cli_values_of_logits(&t->model.target, t->choice.logits)};
    return prediction->values != NULL ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

static int print_result(const cli_training *t, gd__json *scores, const cli_prediction *prediction)
{
    const cli_choice *c = &t->choice;
    if (t->options->json) {
        int64_t epochs = c->kind == CLI_LINEAR_MODEL ? c->linear.epoch : c->network.epoch;
        gd__json_set(scores, "epochs", gd__json_integer(epochs));
        gd__json_set(scores, "seconds", gd__json_real(cli_seconds() - t->start));
        gd__json_set(scores, "model", gd__json_string(kinds[c->kind]));
        return cli_print_json(scores);
    }
    return t->options->quiet ? CLI_OK
                             : cli_print_score_report(&t->model, &t->validation.truth, prediction,
                                                      scores, stdout);
}

static int save(const cli_training *t)
{
    const char *path = t->options->output;
    return path != NULL ? cli_model_save(&t->model, path) : CLI_OK;
}

/* How the rows are judged. */
static void describe_judging(const cli_training *t, char text[256])
{
    long long rows = (long long)t->validation.truth.y->shape[0];
    if (t->valid_table != NULL)
        snprintf(text, 256, "Scores on %lld rows of %.150s.", rows, gd_table_path(t->valid_table));
    else if (t->validation.count > 1)
        snprintf(text, 256,
                 "Cross-validated with %d folds: each of the %lld rows was scored by a model that "
                 "was not trained on it.",
                 t->validation.count, rows);
    else
        snprintf(text, 256, "Scores on %lld held-out rows.", rows);
}

static int write_report(const cli_training *t, const gd__json *scores,
                        const cli_prediction *prediction)
{
    const cli_choice *c = &t->choice;
    const cli_finalist *f = c->kind == CLI_LINEAR_MODEL ? &c->linear : &c->network;
    char how[256];
    if (t->options->report == NULL)
        return CLI_OK;
    describe_judging(t, how);
    return cli_report_write(&(cli_report){.model = &t->model,
                                          .path = t->options->output,
                                          .table = t->table,
                                          .targets = t->columns.targets,
                                          .judged = t->validation.valid[0].table,
                                          .truth = &t->validation.truth,
                                          .prediction = prediction,
                                          .scores = scores,
                                          .how = how,
                                          .log = t->watch.history,
                                          .stage = f->recipe.name,
                                          .seen = t->validation.count > 1},
                            t->options->report);
}

int cli_training_finish(cli_training *t)
{
    cli_prediction prediction, baseline = {.values = NULL};
    gd__json *scores = NULL;
    int code = predict_validation(t, &prediction);
    if (code == CLI_OK && t->options->tune_thresholds)
        code = cli_thresholds_tune(&t->model, &t->validation.truth, &prediction);
    prediction.thresholds = t->model.thresholds;
    if (code == CLI_OK)
        code = cli_model_baseline(&t->model, 1, &baseline);
    if (code == CLI_OK) {
        scores = cli_scores(&t->model.target, &t->validation.truth, &prediction, &baseline);
        t->model.training = describe_training(t, scores);
        code = scores != NULL ? save(t) : CLI_RUNTIME;
    }
    if (code == CLI_OK)
        code = write_report(t, scores, &prediction);
    if (code == CLI_OK)
        code = print_result(t, scores, &prediction);
    gd__json_destroy(scores);
    gd_tensor_destroy(prediction.values);
    gd_tensor_destroy(baseline.values);
    return code;
}

int cli_training_save_interrupted(cli_training *t)
{
    t->model.training = describe_training(t, NULL);
    int code = save(t);
    if (code == CLI_OK && t->options->output != NULL)
        cli_warn("interrupted; %s has the model trained so far", t->options->output);
    if (code == CLI_OK && t->options->report != NULL)
        cli_warn("interrupted; no report was written");
    return code == CLI_OK ? CLI_INTERRUPTED : code;
}
