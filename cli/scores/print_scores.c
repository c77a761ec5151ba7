#include "cli/scores/print_scores.h"
#include "cli/cli.h"
#include "cli/system/print.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const double rounding = 1e-12; /* what is less than that is 0 */

static void print_number(FILE *file, const gd_json *value, int width)
{
    if (gd_json_is(value, GD_JSON_INTEGER))
        cli_print(file, " %*" PRId64, width, (int64_t)gd_json_integer_of(value));
    else if (gd_json_is_number(value))
        cli_print(file, " %*.4g", width,
                  fabs(gd_json_number_of(value)) < rounding ? 0 : gd_json_number_of(value));
    else
        cli_print(file, " %*s", width, "-");
}

/* Each score beside that of the baseline, which knows nothing of the features. */
static void print_scores(FILE *file, const gd_json *scores, const gd_json *baseline)
{
    cli_print(file, "%-34s %10s %10s\n", "", "model", "baseline");
    for (size_t i = 0; i < gd_json_size(scores); ++i) {
        const char *key = gd_json_key(scores, i);
        if (strcmp(key, "majority_accuracy") == 0)
            continue;
        bool same = strcmp(key, "rows") == 0 || strcmp(key, "observed_fraction") == 0;
        cli_print(file, "%-34s", key);
        print_number(file, gd_json_at(scores, i), 10);
        if (!same)
            print_number(file, gd_json_get(baseline, key), 10);
        fputc('\n', file);
    }
}

/* At most `width` columns of the text, at the right of as many. */
static void print_cut(FILE *file, const char *text, int width)
{
    int columns = cli_text_width(text), taken = 0;
    fputc(' ', file);
    for (int i = columns; i < width; ++i)
        fputc(' ', file);
    int bytes = 0;
    for (; text[bytes] != '\0'; ++bytes) {
        taken += ((unsigned char)text[bytes] & 0xC0) != 0x80;
        if (taken > width)
            break;
    }
    cli_print(file, "%.*s", bytes, text);
}

static int widest_name(const gd_json *list, int least)
{
    size_t i;
    gd_json *object;
    for (i = 0; (object = gd_json_at(list, i)) != NULL; ++i) {
        int width = cli_text_width(gd_json_string_at(object, "name"));
        least = width > least ? width : least;
    }
    return least;
}

enum { MOST_LISTED = 100 /* classes, a line each */ };

static void print_classes(FILE *file, const char *title, const gd_json *list)
{
    static const char *const keys[] = {"precision", "recall", "f1", "support", "threshold"};
    int width = widest_name(list, cli_text_width(title));
    int count = gd_json_get(gd_json_at(list, 0), "threshold") != NULL ? 5 : 4;
    size_t i;
    gd_json *object;
    fputc('\n', file);
    cli_print_padded(file, title, width);
    for (int k = 0; k < count; ++k)
        cli_print(file, " %10s", keys[k]);
    fputc('\n', file);
    for (i = 0; i < MOST_LISTED && (object = gd_json_at(list, i)) != NULL; ++i) {
        cli_print_padded(file, gd_json_string_at(object, "name"), width);
        for (int k = 0; k < count; ++k)
            print_number(file, gd_json_get(object, keys[k]), 10);
        fputc('\n', file);
    }
    if (gd_json_size(list) > MOST_LISTED)
        cli_print(file, "and %zu more\n", gd_json_size(list) - MOST_LISTED);
}

enum { MOST_CLASSES = 20 /* whose confusion matrix fits on a page */ };

static void print_confusion(FILE *file, const gd_target *target, const gd_json *classes,
                            const gd_json *matrix)
{
    int width = widest_name(classes, 12);
    int64_t count = gd_target_width(target);
    cli_print(file, "\nconfusion matrix (rows: true class, columns: predicted class)\n");
    cli_print(file, "%-*s", width, "");
    for (int64_t j = 0; j < count; ++j)
        print_cut(file, gd_target_label(target, j), 9);
    fputc('\n', file);
    for (int64_t i = 0; i < count; ++i) {
        cli_print_padded(file, gd_target_label(target, i), width);
        for (int64_t j = 0; j < count; ++j)
            print_number(file, gd_json_at(gd_json_at(matrix, (size_t)i), (size_t)j), 9);
        fputc('\n', file);
    }
}

bool cli_is_no_better(const gd_target *target, const gd_json *scores, const gd_json *baseline,
                      char sentence[160])
{
    const char *name = gd_target_task(target) == GD_MULTILABEL   ? "micro_f1"
                       : gd_target_task(target) == GD_REGRESSION ? "rmse"
                                                                 : "log_loss";
    const gd_json *said = gd_json_get(scores, name), *known = gd_json_get(baseline, name);
    if (!gd_json_is_number(said) || !gd_json_is_number(known)) /* too large, or not defined */
        return false;
    double model = gd_json_number_of(said), constant = gd_json_number_of(known);
    bool is_loss = gd_target_task(target) != GD_MULTILABEL;
    snprintf(sentence, 160,
             "the model is no better than the baseline, which ignores the features: "
             "%s %.4g, baseline %.4g",
             name, model, constant);
    return is_loss ? model >= constant : model <= constant;
}

int cli_print_score_report(const gd_model *model, const gd_examples *truth, const gd_tensor *said,
                           const gd_json *scores, FILE *file)
{
    const gd_target *target = gd_model_target(model);
    gd_json *baseline = cli_baseline_scores(model, truth);
    if (baseline == NULL)
        return CLI_RUNTIME;
    char sentence[160];
    print_scores(file, scores, baseline);
    if (cli_is_no_better(target, scores, baseline, sentence))
        cli_print(file, "\n%s\n", sentence);
    gd_json_destroy(baseline);
    if (gd_target_task(target) == GD_REGRESSION)
        return CLI_OK;
    if (gd_target_task(target) == GD_BINARY)
        cli_print(file, "%-34s %10.4g\n", "threshold", gd_model_thresholds(model)[1]);
    gd_json *classes = cli_class_scores(model, truth, said), *matrix = NULL;
    bool shows = cli_has_classes(target) && gd_target_width(target) <= MOST_CLASSES;
    if (classes != NULL && shows)
        matrix = cli_confusion(target, truth, said);
    if (classes == NULL || (shows && matrix == NULL)) {
        gd_json_destroy(classes);
        return CLI_RUNTIME;
    }
    print_classes(file, cli_has_classes(target) ? "class" : "label", classes);
    if (shows)
        print_confusion(file, target, classes, matrix);
    gd_json_destroy(matrix);
    gd_json_destroy(classes);
    return CLI_OK;
}
