/* gradus train: after training, saves the model, writes the report and prints the scores. */
#include "cli/cli.h"
#include "cli/report/page.h"
#include "cli/scores/scores.h"
#include "cli/train/training.h"

static int print_result(const cli_training *t, const gd_validation *v)
{
    const gd_training *training = gd_model_training(t->model);
    if (t->options->json)
        return cli_print_scores_json(&training->scores, training, cli_seconds() - t->start);
    if (t->options->quiet)
        return CLI_OK;
    gd_tensor *predicted = gd_predicted_targets(gd_model_target(t->model), v->prediction);
    cli_print_scores(t->model, v->examples, predicted, &training->scores);
    gd_tensor_destroy(predicted);
    return CLI_OK;
}

static int save(const cli_training *t)
{
    return t->options->output != NULL ? cli_model_save(t->model, t->options) : CLI_OK;
}

/* A sentence for the report: how the rows were scored. */
static void describe_scoring(const cli_training *t, const gd_validation *v, char text[256])
{
    long long rows = (long long)v->examples->y->shape[0],
              folds = gd_model_training(t->model)->folds;
    if (t->valid_table != NULL)
        snprintf(text, 256, "Scores on %lld rows of %.150s.", rows, gd_table_path(v->valid));
    else if (folds > 1)
        snprintf(
            text, 256,
            "Cross-validated with %lld folds: each of the %lld rows was scored by a model that "
            "was not trained on it.",
            folds, rows);
    else
        snprintf(text, 256, "Scores on %lld held-out rows.", rows);
}

static int write_report(const cli_training *t, const gd_validation *v)
{
    char how[256];
    if (t->options->report == NULL)
        return CLI_OK;
    describe_scoring(t, v, how);
    return cli_report_write(&(cli_report){.model = t->model,
                                          .path = t->options->output,
                                          .table = v->table,
                                          .scored = v->valid,
                                          .truth = v->examples,
                                          .prediction = v->prediction,
                                          .scores = &gd_model_training(t->model)->scores,
                                          .how = how,
                                          .log = t->history,
                                          .stage = v->stage,
                                          .seen = gd_model_training(t->model)->folds > 1},
                            t->options->report);
}

int cli_training_finish(cli_training *t)
{
    gd_validation v;
    gd_model_validation(t->model, &v);
    int code = save(t);
    if (code == CLI_OK)
        code = write_report(t, &v);
    return code == CLI_OK ? print_result(t, &v) : code;
}

int cli_training_save_interrupted(cli_training *t)
{
    int code = t->model != NULL ? save(t) : CLI_OK;
    if (code == CLI_OK && t->model != NULL && t->options->output != NULL)
        cli_warn("interrupted; %s has the model trained so far", t->options->output);
    if (code == CLI_OK && t->options->report != NULL)
        cli_warn("interrupted; no report was written");
    return code == CLI_OK ? CLI_INTERRUPTED : code;
}
