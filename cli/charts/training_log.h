/* Training curves: the epochs of a stage, read from a log, as charts. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <gradus/json.h>

#include "cli/charts/chart.h"

typedef struct cli_history {
    const char *stage;      /* belongs to the log, like score_name */
    const char *score_name; /* "accuracy"; NULL: none */
    int64_t count;
    double *epoch, *train_loss, *valid_loss, *score; /* [count]; NaN: not available */
} cli_history;

/* Reads a log of --log ("-": standard input) and checks its lines. An exit code. */
int cli_log_read(gd_json **lines, const char *path);

/* The stage with the most validated epochs, the first of equals; if there is none, the longest
 * stage. NULL: an empty log. */
const char *cli_longest_stage(const gd_json *lines);

/* The history of a stage; `lines` must outlive it. If a resumed run repeated an epoch, its last
 * entry counts. Free it with cli_history_free. */
void cli_history_create(cli_history *history, const gd_json *lines, const char *stage);
void cli_history_free(cli_history *history);

enum { CLI_MOST_RUNS = 26, CLI_MOST_CHARTS = 4 };

/* Charts of the losses and of the scores of several runs. */
typedef struct cli_history_charts {
    cli_chart charts[CLI_MOST_CHARTS];
    int count, series_count;
    cli_series series[3 * CLI_MOST_RUNS];
    char *names[2 * CLI_MOST_RUNS], *titles[CLI_MOST_CHARTS], *descriptions[CLI_MOST_CHARTS];
} cli_history_charts;

/* Charts of runs, which must outlive them. names: NULL for a single run. Free them
 * with cli_history_charts_free. */
void cli_history_draw(cli_history_charts *charts, const cli_history *runs, char *const *names,
                      int count);
void cli_history_charts_free(cli_history_charts *charts);

#endif
