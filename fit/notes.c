/* Notes and warnings of a fit, for the callback. */
#include "fit/fit_state.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

void gd__note(gd__fit *fit, gd_fit_kind kind, const char *format, ...)
{
    char message[1024];
    const gd_fit_options *o = fit->options;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (o->watch != NULL &&
        !o->watch(o->context, &(gd_fit_event){.kind = kind, .message = message}))
        fit->stopped = true;
}

void gd__warn_unseen(gd__fit *fit, const gd_examples *e, const gd_table *table)
{
    char buffer[32], place[32];
    int column = gd_table_find(table, gd_target_column(&fit->model->target, 0));
    if (e->unseen > 0)
        gd__note(fit, GD_FIT_WARNING,
                 "%s%s: \"%.80s\" is not a class of the model (rows left out: %" PRId64 ")",
                 gd_table_path(table), gd_table_place(table, e->first_unseen, place),
                 gd_table_text(table, e->first_unseen, column, buffer), e->unseen);
}

enum { MANY_CLASSES = 20, MOST_NAMES = 8 };

/* A text among numbers makes them classes, which may not be intended. */
static void warn_of_classes(gd__fit *fit, int column)
{
    char buffer[32], place[32];
    const gd_target *target = &fit->model->target;
    int64_t numbers = 0, width = gd_target_width(target);
    int64_t row = gd_table_first_text(fit->table, column);
    if (target->task != GD_MULTICLASS || target->categorical || row < 0)
        return;
    for (int64_t i = 0; i < width; ++i)
        numbers += !isnan(gd_table_level_number(fit->table, column, i));
    if (width <= MANY_CLASSES && 2 * numbers <= width)
        return;
    gd__note(fit, GD_FIT_WARNING,
             "%s%s: the target \"%s\" is treated as %" PRId64
             " classes, because \"%.40s\" is not a number; if it marks a missing value, name it "
             "with .missing; .task regression accepts only numbers",
             gd_table_path(fit->table), gd_table_place(fit->table, row, place),
             gd_target_column(target, 0), width, gd_table_text(fit->table, row, column, buffer));
}

/* predicting "species" (3 classes: setosa, versicolor, virginica) from 4 columns, 150 rows */
static void note_target(gd__fit *fit)
{
    const gd_target *target = &fit->model->target;
    int64_t width = gd_target_width(target);
    int features = 0;
    char names[512] = "";
    for (int j = 0; j < fit->columns.count; ++j)
        features += fit->columns.features[j];
    for (int64_t i = 0; i < width && i < MOST_NAMES; ++i)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%.60s", i > 0 ? ", " : "",
                 gd_target_label(target, i));
    if (width > MOST_NAMES)
        strcat(names, ", ..");
    char what[640];
    if (target->task == GD_MULTILABEL)
        snprintf(what, sizeof what, "%" PRId64 " labels (%s)", width, names);
    else if (target->task == GD_REGRESSION)
        snprintf(what, sizeof what, "\"%.80s\", a number,", gd_target_column(target, 0));
    else
        snprintf(what, sizeof what, "\"%.80s\" (%" PRId64 " classes: %s)",
                 gd_target_column(target, 0), width, names);
    gd__note(fit, GD_FIT_NOTE, "predicting %s from %d columns, %" PRId64 " rows", what, features,
             gd__examples_rows(&fit->all.train));
}

void gd__note_target(gd__fit *fit)
{
    const gd_target *target = &fit->model->target;
    int column = gd_table_find(fit->table, gd_target_column(target, 0));
    int64_t left_out = gd_table_rows(fit->table) - gd__examples_rows(&fit->all.train);
    if (left_out > 0)
        gd__note(fit, GD_FIT_WARNING, "%s: %" PRId64 " rows without a target are left out",
                 gd_table_path(fit->table), left_out);
    warn_of_classes(fit, column);
    note_target(fit);
    if (target->task == GD_MULTICLASS && gd_table_kind(fit->table, column) == GD_COLUMN_NUMBERS)
        gd__note(fit, GD_FIT_NOTE,
                 "the numbers of the target are treated as classes; .task regression predicts the "
                 "number");
}
