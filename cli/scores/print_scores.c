/* The scores on standard output: as text, or as JSON. */
#include "cli/scores/scores.h"
#include "cli/system/print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int cli_print_scores_json(const gd_scores *scores, const gd_training *training, double seconds)
{
    gd_json *json = gd_json_object();
    for (int i = 0; i < scores->count; ++i) {
        const char *name = scores->at[i].name;
        double value = scores->at[i].value;
        bool counts = strcmp(name, "rows") == 0 || strcmp(name, "unseen") == 0;
        gd_json_set(json, name,
                    counts            ? gd_json_integer((int64_t)value)
                    : isfinite(value) ? gd_json_real(value)
                                      : gd_json_null());
    }
    if (training != NULL) {
        gd_json_set(json, "epochs", gd_json_integer(training->epochs));
        gd_json_set(json, "seconds", gd_json_real(seconds));
        gd_json_set(json, "model", gd_json_string(training->model));
    }
    int code = cli_print_json(json);
    gd_json_destroy(json);
    return code;
}

/* ---- text ---- */

static const double rounding = 1e-12; /* what is less than that is 0 */

static void print_number(double number, int width)
{
    number = fabs(number) < rounding ? 0 : number;
    if (isfinite(number))
        cli_print(stdout, number == floor(number) ? " %*.0f" : " %*.4g", width, number);
    else
        cli_print(stdout, " %*s", width, "-");
}

static void print_all_rows(const gd_scores *scores, const gd_scores *baseline)
{
    cli_print(stdout, "%-34s %10s %10s\n", "", "model", "baseline");
    for (int i = 0; i < scores->count; ++i) {
        const char *name = scores->at[i].name;
        if (strcmp(name, "majority_accuracy") == 0)
            continue;
        cli_print(stdout, "%-34s", name);
        print_number(scores->at[i].value, 10);
        if (!cli_is_about_rows(name))
            print_number(gd_scores_get(baseline, name), 10);
        putchar('\n');
    }
}

/* At most `width` columns of the text, at the right of as many. */
static void print_cut(const char *text, int width)
{
    int columns = cli_text_width(text), bytes = 0;
    for (int taken = 0; text[bytes] != '\0'; ++bytes) {
        taken += ((unsigned char)text[bytes] & 0xC0) != 0x80;
        if (taken > width)
            break;
    }
    cli_print(stdout, " %*s%.*s", columns < width ? width - columns : 0, "", bytes, text);
}

static int widest_name(const gd_target *target, int least)
{
    for (int64_t i = 0; i < gd_target_width(target); ++i) {
        int width = cli_text_width(gd_target_label(target, i));
        least = width > least ? width : least;
    }
    return least;
}

enum { MOST_LISTED = 100 /* classes, a line each */ };

static void print_classes(const gd_target *target, const double *scores)
{
    const char *title = cli_has_classes(target) ? "class" : "label";
    int width = widest_name(target, cli_text_width(title));
    int columns = cli_has_classes(target) ? CLI_THRESHOLD : CLI_CLASS_SCORES;
    int64_t count = gd_target_width(target);
    putchar('\n');
    cli_print_padded(stdout, title, width);
    for (int k = 0; k < columns; ++k)
        cli_print(stdout, " %10s", cli_class_score_names[k]);
    putchar('\n');
    for (int64_t i = 0; i < count && i < MOST_LISTED; ++i) {
        cli_print_padded(stdout, gd_target_label(target, i), width);
        for (int k = 0; k < columns; ++k)
            print_number(scores[i * CLI_CLASS_SCORES + k], 10);
        putchar('\n');
    }
    if (count > MOST_LISTED)
        cli_print(stdout, "and %lld more\n", (long long)count - MOST_LISTED);
}

enum { MOST_CLASSES = 20 /* whose confusion matrix fits on a page */ };

static void print_confusion(const gd_target *target, const gd_examples *truth,
                            const gd_tensor *predicted)
{
    int64_t count = gd_target_width(target);
    int width = widest_name(target, 12);
    double *matrix = cli_metric(&gd_metric_confusion_matrix, target, truth, predicted, 0);
    cli_print(stdout, "\nconfusion matrix (rows: true class, columns: predicted class)\n");
    cli_print(stdout, "%-*s", width, "");
    for (int64_t j = 0; j < count; ++j)
        print_cut(gd_target_label(target, j), 9);
    putchar('\n');
    for (int64_t i = 0; i < count; ++i) {
        cli_print_padded(stdout, gd_target_label(target, i), width);
        for (int64_t j = 0; j < count; ++j)
            print_number(matrix[i * count + j], 9);
        putchar('\n');
    }
    free(matrix);
}

void cli_print_scores(const gd_model *model, const gd_examples *truth, const gd_tensor *predicted,
                      const gd_scores *scores)
{
    const gd_target *target = gd_model_target(model);
    gd_scores baseline = cli_baseline_scores(model, truth);
    char sentence[160];
    print_all_rows(scores, &baseline);
    if (cli_is_no_better(target, scores, &baseline, sentence))
        cli_print(stdout, "\n%s\n", sentence);
    if (gd_target_task(target) == GD_REGRESSION)
        return;
    if (gd_target_task(target) == GD_BINARY)
        cli_print(stdout, "%-34s %10.4g\n", "threshold", gd_model_thresholds(model)[1]);
    double *classes = cli_class_scores(model, truth, predicted);
    print_classes(target, classes);
    free(classes);
    if (cli_has_classes(target) && gd_target_width(target) <= MOST_CLASSES)
        print_confusion(target, truth, predicted);
}
