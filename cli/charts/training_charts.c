/* A history as charts. */
#include "cli/charts/training_log.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool has_numbers(const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; ++i)
        if (!isnan(values[i]))
            return true;
    return false;
}

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

static char *description_of(const cli_series *series, int count)
{
    cli_bytes text = {.data = NULL};
    cli_bytes_add(&text, "", 0);
    for (int i = 0; i < count; ++i)
        describe(&text, &series[i]);
    return text.data;
}

/* A chart of the last `count` series. */
static void finish_chart(cli_history_charts *c, const cli_series *series, int count, char *title)
{
    static const char *const ids[CLI_MOST_CHARTS] = {"loss", "score", "score2", "score3"};
    int i = c->count++;
    c->titles[i] = title;
    c->descriptions[i] = description_of(series, count);
    c->charts[i] = (cli_chart){.id = ids[i],
                               .title = title,
                               .description = c->descriptions[i],
                               .x_title = "epoch",
                               .series = series,
                               .count = count,
                               .whole_x = true};
}

/* A text of its own. */
__attribute__((format(printf, 1, 2))) static char *text_of(const char *format, ...)
{
    char text[4096 + 64]; /* a path and a few words */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return cli_strdup(text);
}

/* Names of a run's two curves: [2]. */
static void name_run(char **names, const char *run)
{
    names[0] = run != NULL ? text_of("%s, training", run) : text_of("training");
    names[1] = run != NULL ? text_of("%s, validation", run) : text_of("validation");
}

static cli_series *add_losses(cli_history_charts *c, cli_series *next, const cli_history *runs,
                              int count)
{
    cli_series *first = next;
    for (int i = 0; i < count; ++i) {
        const cli_history *r = &runs[i];
        bool judged = has_numbers(r->valid_loss, r->count);
        *next++ = (cli_series){c->names[2 * i], r->epoch, r->train_loss, r->count, i, judged};
        if (judged)
            *next++ =
                (cli_series){c->names[2 * i + 1], r->epoch, r->valid_loss, r->count, i, false};
    }
    finish_chart(c, first, (int)(next - first),
                 count == 1 ? text_of("loss (%s)", runs[0].stage) : text_of("loss"));
    return next;
}

/* Of the runs that have this score. */
static cli_series *add_scores(cli_history_charts *c, cli_series *next, const cli_history *runs,
                              int count, const char *score)
{
    cli_series *first = next;
    for (int i = 0; i < count; ++i) {
        const cli_history *r = &runs[i];
        if (r->score_name != NULL && strcmp(r->score_name, score) == 0)
            *next++ = (cli_series){c->names[2 * i + 1], r->epoch, r->score, r->count, i, false};
    }
    finish_chart(c, first, (int)(next - first), text_of("validation %s", score));
    return next;
}

void cli_history_draw(cli_history_charts *charts, const cli_history *runs, char *const *names,
                      int count)
{
    cli_history_charts *c = charts;
    *c = (cli_history_charts){.count = 0};
    for (int i = 0; i < count; ++i)
        name_run(&c->names[2 * i], names != NULL ? names[i] : NULL);
    cli_series *next = add_losses(c, c->series, runs, count);
    for (int i = 0; i < count && c->count < CLI_MOST_CHARTS; ++i) {
        bool known = runs[i].score_name == NULL;
        for (int k = 0; k < i && !known; ++k)
            known =
                runs[k].score_name != NULL && strcmp(runs[k].score_name, runs[i].score_name) == 0;
        if (!known)
            next = add_scores(c, next, runs, count, runs[i].score_name);
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
