/* gradus train: reads the tables, calls gd_fit, and ends. */
#include "cli/files/tables.h"
#include "cli/system/signals.h"
#include "cli/train/training.h"

#include <stdlib.h>

/* The columns whose texts are needed as they stand: ids, categories, groups, words. */
static cli_bytes verbatim_list(const gd_fit_options *o)
{
    const char *const lists[] = {o->id, o->categorical, o->group, o->text};
    cli_bytes all = {.data = NULL};
    for (int i = 0; i < 4; ++i)
        if (lists[i] != NULL)
            cli_bytes_print(&all, "%s%s", all.size > 0 ? "," : "", lists[i]);
    return all;
}

static int read_tables(cli_training *t, const gd_table_options *how)
{
    int code = CLI_OK;
    t->table = cli_checked_table(gd_table_read(t->options->operands[0], how), &code);
    if (code == CLI_OK && t->options->valid != NULL)
        t->valid_table =
            cli_checked_table(gd_table_read_alike(t->options->valid, t->table, how), &code);
    return code;
}

static int train(cli_training *t)
{
    const cli_options *options = t->options;
    cli_bytes verbatim = verbatim_list(&options->fit);
    gd_table_options how = cli_table_options(options, verbatim.data);
    gd_fit_options o = options->fit;
    o.reading = &how;
    o.watch = cli_training_watch;
    o.context = t;
    int code = cli_check_options(options, gd_fit_check_options(&o));
    if (code == CLI_OK)
        code = cli_training_check_threads(t);
    if (code == CLI_OK)
        code = cli_training_check_outputs(t);
    if (code == CLI_OK)
        code = read_tables(t, &how);
    if (code == CLI_OK)
        code = cli_training_start_threads(t);
    if (code == CLI_OK) {
        o.valid = t->valid_table;
        o.pool = t->pool;
        gd_status status = gd_fit(t->table, &o, &t->model);
        cli_catch_signals(false);
        code = t->code != CLI_OK ? t->code : cli_check_options(options, status);
    }
    free(verbatim.data);
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
    gd_pool_destroy(t.pool);
    gd_model_destroy(t.model);
    gd_table_destroy(t.table);
    gd_table_destroy(t.valid_table);
    gd_json_destroy(t.history);
    return code == CLI_INTERRUPTED ? CLI_SIGNALLED + cli_caught_signal() : code;
}
