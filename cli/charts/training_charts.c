/* Charts of training histories: losses, and one chart for each score. */
#include "cli/charts/training_log.h"
#include "cli/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "validation: from 1.02 after epoch 1 to 0.08 after epoch 137, minimum 0.07 after epoch 117, .."
 * */
static void describe(cli_bytes *text, const cli_series *s)
{
    int64_t first = -1, last = -1, least = -1, largest = -1;
    for (int64_t i = 0; i < s->count; ++i) {
        if (isnan(s->y[i]))
            continue;
        first = first < 0 ? i : first;
        last = i;
        least = least < 0 || s->y[i] < s->y[least] ? i : least;
        largest = largest < 0 || s->y[i] > s->y[largest] ? i : largest;
    }
    if (first >= 0)
        cli_bytes_print(
            text,
            "%s: from %.4g after epoch %.0f to %.4g after epoch %.0f; minimum %.4g after epoch "
            "%.0f, maximum %.4g after epoch %.0f. ",
            s->name, s->y[first], s->x[first], s->y[last], s->x[last], s->y[least], s->x[least],
            s->y[largest], s->x[largest]);
}

/* A chart of the series from `first` on. */
static void add_chart(cli_history_charts *c, int first, char *title)
{
    static const char *const ids[CLI_MOST_CHARTS] = {"loss", "score", "score2", "score3"};
    cli_bytes description = {.data = cli_strdup("")};
    for (int i = first; i < c->series_count; ++i)
        describe(&description, &c->series[i]);
    c->titles[c->count] = title;
    c->descriptions[c->count] = description.data;
    c->charts[c->count] = (cli_chart){.id = ids[c->count],
                                      .title = title,
                                      .description = description.data,
                                      .x_title = "epoch",
                                      .series = &c->series[first],
                                      .count = c->series_count - first,
                                      .whole_x = true};
    ++c->count;
}

static void add_series(cli_history_charts *c, const cli_history *run, const double *y, int index,
                       bool secondary)
{
    const char *name = c->names[2 * index + (y != run->train_loss)];
    c->series[c->series_count++] = (cli_series){name, run->epoch, y, run->count, index, secondary};
}

static bool has_numbers(const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        if (!isnan(values[i]))
            return true;
    return false;
}

static void add_losses(cli_history_charts *c, const cli_history *runs, int count)
{
    for (int i = 0; i < count; ++i) {
        bool validated = has_numbers(runs[i].valid_loss, runs[i].count);
        add_series(c, &runs[i], runs[i].train_loss, i, validated);
        if (validated)
            add_series(c, &runs[i], runs[i].valid_loss, i, false);
    }
    add_chart(c, 0, count == 1 ? cli_text("loss (%s)", runs[0].stage) : cli_text("loss"));
}

static bool has_score(const cli_history *run, const char *name)
{
    return run->score_name != NULL && strcmp(run->score_name, name) == 0;
}

void cli_history_draw(cli_history_charts *c, const cli_history *runs, char *const *names, int count)
{
    *c = (cli_history_charts){.count = 0};
    for (int i = 0; i < 2 * count; ++i)
        c->names[i] = cli_text("%s%s%s", names != NULL ? names[i / 2] : "",
                               names != NULL ? ", " : "", i % 2 == 0 ? "training" : "validation");
    add_losses(c, runs, count);
    for (int i = 0; i < count && c->count < CLI_MOST_CHARTS; ++i) {
        const char *score = runs[i].score_name;
        int first = c->series_count, known = score == NULL ? -1 : 0;
        while (known >= 0 && !has_score(&runs[known], score))
            ++known;
        if (known != i) /* none, or a run before has it */
            continue;
        for (int k = i; k < count; ++k)
            if (has_score(&runs[k], score))
                add_series(c, &runs[k], runs[k].score, k, false);
        add_chart(c, first, cli_text("validation %s", score));
    }
}

void cli_history_charts_free(cli_history_charts *charts)
{
    for (int i = 0; i < 2 * CLI_MOST_RUNS; ++i)
        free(charts->names[i]);
    for (int i = 0; i < charts->count; ++i) {
        free(charts->titles[i]);
        free(charts->descriptions[i]);
    }
    *charts = (cli_history_charts){.count = 0};
}
