/* Loads and saves models, and predicts, with messages. */
#include "cli/files/model.h"
#include "cli/files/output.h"
#include "cli/files/tables.h"
#include "cli/system/signals.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- files ---- */

bool cli_is_model(const char *path)
{
    char head[9] = "";  /* of .safetensors: the header's length, then the header, which is JSON */
    struct stat status; /* bytes of a pipe can be read only once */
    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool model = file >= 0 && read(file, head, 9) == 9 && head[7] == '\0' && head[8] == '{';
    if (file >= 0)
        close(file);
    return model;
}

int cli_model_load(gd_model **model, const cli_options *o)
{
    *model = NULL;
    if (o->count > 1 && cli_is_model(o->operands[1]) && !cli_is_model(o->operands[0]))
        return cli_error(CLI_DATA, "%s: expected a model, but %s is one: gradus %s MODEL TABLE",
                         o->operands[0], o->operands[1], o->command->name);
    int code = cli_check(gd_model_load(model, o->operands[0]));
    if (code == CLI_OK && o->threshold != NULL)
        code = cli_check_options(o, gd_model_set_thresholds(*model, o->threshold));
    return code;
}

int cli_model_save(const gd_model *model, const cli_options *options)
{
    cli_output output;
    if (!cli_output_open(&output, options->output))
        return CLI_RUNTIME;
    cli_hold_signals(true); /* the library's temporary file is known to itself alone */
    gd_status status = gd_model_save(model, output.temporary);
    cli_hold_signals(false);
    if (status == GD_OK)
        return cli_output_finish(&output);
    const char *message = gd_message(); /* which may begin with the path that was written */
    size_t n = strlen(output.temporary);
    int code = strncmp(message, output.temporary, n) == 0
                   ? cli_error(CLI_RUNTIME, "%s%s", options->output, message + n)
                   : cli_check(status);
    cli_output_discard(&output);
    return code;
}

gd_table *cli_model_read_table(const gd_model *model, const cli_options *options, const char *path,
                               const char *more, int *code)
{
    gd_table_options how = cli_table_options(options, more);
    return cli_checked_table(gd_model_read_table(model, path, &how), code);
}

gd_table *cli_model_read_test_table(const gd_model *model, const cli_options *options,
                                    const char *path, int *code)
{
    gd_table_options how = cli_table_options(options, NULL);
    return cli_checked_table(gd_model_read_test_table(model, path, &how), code);
}

/* ---- rows ---- */

int cli_examples_read(gd_examples *e, const gd_target *target, const gd_table *table)
{
    char buffer[32], place[32];
    int code = cli_check(gd_examples_read(e, target, table));
    if (e->unseen > 0)
        cli_warn("%s%s: \"%.80s\" is not a class of the model (rows left out: %" PRId64 ")",
                 gd_table_path(table), gd_table_place(table, e->first_unseen, place),
                 gd_table_text(table, e->first_unseen,
                               gd_table_find(table, gd_target_column(target, 0)), buffer),
                 e->unseen);
    return code;
}

static void warn_of_cells(const gd_table *table, const gd_prediction *p)
{
    char buffer[32], place[32];
    if (p->unknown > 0)
        cli_warn("%s: %" PRId64 " %s treated as missing", gd_table_path(table), p->unknown,
                 p->unknown == 1 ? "value was not seen in training and is"
                                 : "values were not seen in training and are");
    if (p->clipped > 0)
        cli_warn("%s%s: \"%s\" in column \"%.80s\" is far outside the range seen in training and "
                 "is clipped (numbers clipped: %" PRId64 ")",
                 gd_table_path(table), gd_table_place(table, p->clipped_row, place),
                 gd_table_text(table, p->clipped_row, p->clipped_column, buffer),
                 gd_table_name(table, p->clipped_column), p->clipped);
}

int cli_model_predict(const gd_model *model, const gd_table *table, const gd_tensor *rows,
                      gd_prediction *p)
{
    int code = cli_check(gd_model_predict(model, table, rows, p));
    warn_of_cells(table, p);
    return code;
}

int cli_model_evaluate(const gd_model *model, const gd_table *table, const gd_examples *truth,
                       gd_scores *scores, gd_tensor **predicted)
{
    gd_prediction p;
    int code = cli_check(gd_model_evaluate(model, table, truth, scores, predicted, &p));
    warn_of_cells(table, &p);
    return code;
}

gd_json *cli_model_json(const gd_model *model)
{
    char *text = gd_model_describe(model);
    gd_json *json = text != NULL ? gd_json_parse("model", text, strlen(text)) : NULL;
    gd_model_describe_destroy(text);
    return json;
}
