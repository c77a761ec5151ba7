#include "cli/commands/announce.h"
#include "cli/system/print.h"

#include <inttypes.h>
#include <math.h>

enum { MOST_NAMES = 8 };

static void print_names(const cli_target *target)
{
    int64_t width = cli_target_width(target);
    for (int64_t i = 0; i < width && i < MOST_NAMES; ++i)
        cli_print(stderr, "%s%s", i > 0 ? ", " : "", cli_target_label(target, i));
    if (width > MOST_NAMES)
        fputs(", ..", stderr);
}

/* Numbers that are taken for classes may have been meant as amounts. */
static bool are_numbers(const cli_target *target, const gd_table *table)
{
    const char *name = gd__json_string_of(gd__json_at(target->columns, 0));
    return gd_table_kind(table, gd_table_find(table, name)) == GD_COLUMN_NUMBERS;
}

enum { MANY_CLASSES = 20 };

/* Classes because of a text among numbers may have been meant as numbers. */
void cli_warn_of_classes(const cli_target *target, const gd_table *table)
{
    char buffer[32], place[32];
    int64_t numbers = 0, width = cli_target_width(target);
    const char *name = gd__json_string_of(gd__json_at(target->columns, 0));
    int column = gd_table_find(table, name);
    int64_t row = gd_table_first_text(table, column);
    if (target->task != CLI_MULTICLASS || target->categorical || row < 0)
        return;
    for (int64_t i = 0; i < width; ++i)
        numbers += !isnan(gd_table_level_number(table, column, i));
    if (width <= MANY_CLASSES && 2 * numbers <= width)
        return;
    const char *text = gd_table_text(table, row, column, buffer);
    cli_warn("%s%s: the target \"%s\" is treated as %" PRId64
             " classes, because \"%.40s\" is not a number; if it marks a missing value, name it "
             "with --missing; --task regression accepts only numbers",
             gd_table_path(table), gd_table_place(table, row, place), name, width, text);
}

void cli_announce_target(const cli_target *target, const gd_table *table,
                         const cli_columns *columns, int64_t rows)
{
    int features = 0;
    for (int j = 0; j < gd_table_columns(table); ++j)
        features += columns->features[j];
    int64_t width = cli_target_width(target);
    const char *name = gd__json_string_of(gd__json_at(target->columns, 0));
    if (target->task == CLI_MULTILABEL)
        cli_print(stderr, "gradus: predicting %" PRId64 " labels (", width);
    else if (target->task == CLI_REGRESSION)
        cli_print(stderr, "gradus: predicting \"%s\", a number,", name);
    else
        cli_print(stderr, "gradus: predicting \"%s\" (%" PRId64 " classes: ", name, width);
    if (target->task != CLI_REGRESSION) {
        print_names(target);
        fputc(')', stderr);
    }
    cli_print(stderr, " from %d columns, %" PRId64 " rows\n", features, rows);
    if (target->task == CLI_MULTICLASS && are_numbers(target, table))
        cli_warn("the numbers of the target are treated as classes; --task regression predicts the "
                 "number");
}

void cli_announce_choice(const cli_choice *choice)
{
    static const char *const names[] = {"logreg", "mlp", "the mean of logreg and mlp"};
    const cli_finalist *linear = &choice->linear, *network = &choice->network;
    if (linear->logits == NULL || network->logits == NULL)
        return;
    bool lowest =
        choice->valid_loss <= linear->valid_loss && choice->valid_loss <= network->valid_loss;
    cli_print(stderr, "gradus: selected %s: validation loss %.4f (logreg %.4f, mlp %.4f)%s\n",
              names[choice->kind], choice->valid_loss, linear->valid_loss, network->valid_loss,
              lowest
                  ? ""
                  : "; a network is preferred within 2 % of the linear model, the mean within 1 %");
}
