/* How training went: the epochs of a stage, from the lines of a log, as charts. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "data/json.h"

#include "cli/charts/chart.h"

typedef struct cli_history {
    const char *stage;      /* of the lines, as score_name */
    const char *score_name; /* "accuracy"; NULL: it has none */
    int64_t count;
    double *epoch, *train_loss, *valid_loss, *score; /* [count]; NaN where there is none */
} cli_history;

/* The lines that --log has written, "-" for standard input: objects that hold what a history needs. An exit code. */
int cli_log_read(gd__json **lines, const char *path);

/* The stage that is judged on validation rows in most epochs, of equal ones the first; where none is, the longest. NULL: there
 * is no line, no memory. */
const char *cli_longest_stage(const gd__json *lines);

/* Of a stage's lines, which must live as long. What a resumed run has repeated counts as it was done last. An exit code;
 * cli_history_free in any case. */
int cli_history_create(cli_history *history, const gd__json *lines, const char *stage);
void cli_history_free(cli_history *history);

enum { CLI_MOST_RUNS = 26, CLI_MOST_CHARTS = 4 };

/* Charts of the losses, and of each score that a run has. */
typedef struct cli_history_charts {
    cli_chart charts[CLI_MOST_CHARTS];
    int count;
    cli_series series[3 * CLI_MOST_RUNS];
    char *names[2 * CLI_MOST_RUNS], *titles[CLI_MOST_CHARTS], *descriptions[CLI_MOST_CHARTS];
} cli_history_charts;

/* Of runs, which must live as long. names: NULL for a single run. An exit code; cli_history_charts_free in any case. */
int cli_history_draw(cli_history_charts *charts, const cli_history *runs, char *const *names,
                     int count);
void cli_history_charts_free(cli_history_charts *charts);

#endif
