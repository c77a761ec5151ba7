/* gradus train: from a table to a model. */
#include "cli/files/tables.h"
#include "cli/system/signals.h"
#include "cli/train/training.h"

#include <stdlib.h>
#include <string.h>

/* The columns whose texts are needed as they stand: ids, categories, groups, words. Freed by the
 * caller. */
static char *verbatim_list(const gd_fit_options *o)
{
    const char *const lists[] = {o->id, o->categorical, o->group, o->text};
    size_t size = 1;
    for (int i = 0; i < 4; ++i)
        size += lists[i] != NULL ? strlen(lists[i]) + 1 : 0;
    char *list = cli_calloc(size, 1);
    for (int i = 0; i < 4; ++i)
        if (lists[i] != NULL) {
            strcat(list, list[0] != '\0' ? "," : "");
            strcat(list, lists[i]);
        }
    return list;
}

static bool is_utf8(const char *text)
{
    for (size_t n; *text != '\0'; text += n)
        if ((n = gd_utf8_length(text)) == 0)
            return false;
    return true;
}

static int read_tables(cli_training *t, const gd_table_options *how)
{
    int code = CLI_OK;
    if (how->missing != NULL && !is_utf8(how->missing))
        return cli_usage_error(t->options, "--missing takes text in UTF-8");
    t->table = cli_checked_table(gd_table_read(t->options->operands[0], how), &code);
    if (code == CLI_OK && t->options->valid != NULL)
        t->valid_table =
            cli_checked_table(gd_table_read_alike(t->options->valid, t->table, how), &code);
    return code;
}

static int fit(cli_training *t, const gd_table_options *how)
{
    gd_fit_options o = t->options->fit;
    o.valid = t->valid_table;
    o.reading = how;
    o.watch = cli_training_watch;
    o.context = t;
    gd_status status = gd_fit(t->table, &o, &t->model);
    cli_catch_signals(false);
    return t->code != CLI_OK ? t->code : cli_check_options(t->options, status);
}

static int train(cli_training *t)
{
    gd_optional threads = t->options->threads;
    int code = cli_check(gd_blas_set_threads(threads.given ? (int)threads.value : 1));
    if (code == CLI_OK)
        code = cli_training_check_outputs(t);
    if (code != CLI_OK)
        return code;
    char *verbatim = verbatim_list(&t->options->fit);
    gd_table_options how = cli_table_options(t->options, verbatim[0] != '\0' ? verbatim : NULL);
    code = read_tables(t, &how);
    if (code == CLI_OK)
        code = fit(t, &how);
    free(verbatim);
    return code;
}

int cli_train(const cli_options *options)
{
    cli_training t = {.options = options, .start = cli_seconds()};
    int code = train(&t);
    if (code == CLI_OK)
        code = cli_training_finish(&t);
    else if (code == CLI_INTERRUPTED)
        code = cli_training_save_interrupted(&t);
    if (t.log != NULL) /* each line was written, or has failed, when it came */
        fclose(t.log);
    gd_model_destroy(t.model);
    gd_table_destroy(t.table);
    gd_table_destroy(t.valid_table);
    gd_json_destroy(t.history);
    return code == CLI_INTERRUPTED ? CLI_SIGNALLED + cli_caught_signal() : code;
}
