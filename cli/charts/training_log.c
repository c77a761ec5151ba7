/* Reads a training log, and collects the history of one stage. */
#include "cli/charts/training_log.h"
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static const double most = 1e100; /* no loss is as large, and a chart can still compute with it */

static bool is_number(const gd_json *value)
{
    return gd_json_is_number(value) && fabs(gd_json_number_of(value)) < most;
}

/* The name of a line's score: the member that no line has to have. */
static const char *score_of(const gd_json *line)
{
    static const char *const others[] = {"stage",      "epoch",         "train_loss",
                                         "valid_loss", "learning_rate", "seconds"};
    for (size_t k = 0; k < gd_json_size(line); ++k) {
        const char *key = gd_json_key(line, k);
        bool other = false;
        for (int i = 0; i < 6; ++i)
            other |= strcmp(key, others[i]) == 0;
        if (!other && is_number(gd_json_at(line, k)))
            return key;
    }
    return NULL;
}

/* The fault of a line; NULL: none. */
static const char *fault_of(const gd_json *line)
{
    const gd_json *valid_loss = gd_json_get(line, "valid_loss");
    if (!gd_json_is(line, GD_JSON_OBJECT))
        return "expected an object";
    if (!gd_json_is(gd_json_get(line, "stage"), GD_JSON_STRING))
        return "\"stage\", a text, is missing";
    if (gd_json_integer_of(gd_json_get(line, "epoch")) < 1)
        return "\"epoch\", a whole number from 1 on, is missing";
    if (!is_number(gd_json_get(line, "train_loss")))
        return "\"train_loss\", a number below 1e100, is missing";
    return valid_loss == NULL || is_number(valid_loss)
               ? NULL
               : "expected a number below 1e100 as \"valid_loss\"";
}

static int read_lines(gd_json *lines, FILE *file, const char *path)
{
    char *text = NULL;
    size_t room = 0;
    int code = CLI_OK;
    ssize_t length;
    for (long number = 1; code == CLI_OK && (length = getline(&text, &room, file)) > 0; ++number) {
        if (strspn(text, " \t\r\n") == (size_t)length)
            continue;
        gd_json *line = gd_json_parse("JSON", text, (size_t)length);
        const char *fault = line != NULL ? fault_of(line) : gd_message();
        if (fault != NULL)
            code = cli_error(CLI_DATA, "%s:%ld: expected a log line of gradus train: %s", path,
                             number, fault);
        if (fault != NULL)
            gd_json_destroy(line);
        else
            gd_json_append(lines, line);
    }
    free(text);
    if (code == CLI_OK && gd_json_check(lines) != GD_OK)
        code = cli_error(CLI_RUNTIME, "%s: %s", path, gd_message());
    return code;
}

int cli_log_read(gd_json **lines, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    *lines = gd_json_array();
    FILE *file = standard ? stdin : fopen(path, "r");
    if (file == NULL)
        return cli_error(CLI_RUNTIME, "%s: %s", path, strerror(errno));
    errno = 0;
    int code = read_lines(*lines, file, path);
    if (code == CLI_OK && !feof(file)) /* also where getline has no memory */
        code = cli_error(CLI_RUNTIME, "%s: %s", path, strerror(errno));
    if (code == CLI_OK && gd_json_size(*lines) == 0)
        code = cli_error(CLI_DATA, "%s: the log is empty", path);
    if (!standard)
        fclose(file);
    return code;
}

/* ---- stages ---- */

const char *cli_longest_stage(const gd_json *lines)
{
    gd_json *counts = gd_json_object(), *line;
    const char *best = NULL;
    int64_t best_count = 0;
    size_t i;
    for (i = 0; (line = gd_json_at(lines, i)) != NULL;
         ++i) { /* an epoch that validates weighs more than all that do not */
        const char *stage = gd_json_string_at(line, "stage");
        int64_t weight = gd_json_get(line, "valid_loss") != NULL ? 1000000000 : 1;
        int64_t count = gd_json_integer_of(gd_json_get(counts, stage)) + weight;
        gd_json_set(counts, stage, gd_json_integer(count));
    }
    for (i = 0; (line = gd_json_at(lines, i)) != NULL; ++i) {
        const char *stage = gd_json_string_at(line, "stage");
        int64_t count = gd_json_integer_of(gd_json_get(counts, stage));
        if (count > best_count) {
            best = stage;
            best_count = count;
        }
    }
    gd_json_destroy(counts);
    return best;
}

static double number_or_nan(const gd_json *line, const char *key)
{
    const gd_json *value = key != NULL ? gd_json_get(line, key) : NULL;
    return is_number(value) ? gd_json_number_of(value) : NAN;
}

static void add(cli_history *h, const gd_json *line)
{
    double epoch = number_or_nan(line, "epoch");
    while (h->count > 0 && h->epoch[h->count - 1] >= epoch)
        --h->count; /* done again */
    if (h->score_name == NULL)
        h->score_name = score_of(line);
    h->epoch[h->count] = epoch;
    h->train_loss[h->count] = number_or_nan(line, "train_loss");
    h->valid_loss[h->count] = number_or_nan(line, "valid_loss");
    h->score[h->count] = number_or_nan(line, h->score_name);
    ++h->count;
}

void cli_history_create(cli_history *history, const gd_json *lines, const char *stage)
{
    size_t room = gd_json_size(lines) + 1, i;
    gd_json *line;
    *history = (cli_history){.stage = stage,
                             .epoch = cli_calloc(room, sizeof(double)),
                             .train_loss = cli_calloc(room, sizeof(double)),
                             .valid_loss = cli_calloc(room, sizeof(double)),
                             .score = cli_calloc(room, sizeof(double))};
    for (i = 0; (line = gd_json_at(lines, i)) != NULL; ++i) {
        if (strcmp(gd_json_string_at(line, "stage"), stage) == 0)
            add(history, line);
    }
}

void cli_history_free(cli_history *history)
{
    free(history->epoch);
    free(history->train_loss);
    free(history->valid_loss);
    free(history->score);
    *history = (cli_history){.count = 0};
}
