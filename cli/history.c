/* The lines of a log. */
#include "cli/history.h"
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static const double most = 1e100; /* no loss is as large, and a chart can still compute with it */

static bool is_number(const json_t *value)
{
    return json_is_number(value) && fabs(json_number_value(value)) < most;
}

/* The name of a line's score: the member that no line has to have. */
static const char *score_of(const json_t *line)
{
    static const char *const others[] = {"stage",      "epoch",         "train_loss",
                                         "valid_loss", "learning_rate", "seconds"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)line, key, value)
    {
        bool other = false;
        for (int i = 0; i < 6; ++i)
            other |= strcmp(key, others[i]) == 0;
        if (!other && is_number(value))
            return key;
    }
    return NULL;
}

/* What is wrong with a line; NULL: nothing. */
static const char *fault_of(const json_t *line)
{
    const json_t *valid_loss = json_object_get(line, "valid_loss");
    if (!json_is_object(line))
        return "an object is expected";
    if (!json_is_string(json_object_get(line, "stage")))
        return "\"stage\", a text, is missing";
    if (json_integer_value(json_object_get(line, "epoch")) < 1)
        return "\"epoch\", a whole number from 1 on, is missing";
    if (!is_number(json_object_get(line, "train_loss")))
        return "\"train_loss\", a number below 1e100, is missing";
    return valid_loss == NULL || is_number(valid_loss)
               ? NULL
               : "\"valid_loss\": a number below 1e100 is expected";
}

static int read_lines(json_t *lines, FILE *file, const char *path)
{
    char *text = NULL;
    size_t room = 0;
    int code = CLI_OK;
    ssize_t length;
    for (long number = 1; code == CLI_OK && (length = getline(&text, &room, file)) > 0; ++number) {
        json_error_t error;
        if (strspn(text, " \t\r\n") == (size_t)length)
            continue;
        json_t *line = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &error);
        const char *fault = line != NULL ? fault_of(line) : error.text;
        if (fault != NULL)
            code = cli_error(CLI_DATA, "%s:%ld: a line of a log of gradus train is expected: %s",
                             path, number, fault);
        else
            json_array_append(lines, line);
        json_decref(line);
    }
    free(text);
    return code;
}

int cli_log_read(json_t **lines, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    *lines = json_array();
    FILE *file = standard ? stdin : fopen(path, "r");
    if (file == NULL)
        return cli_error(CLI_RUNTIME, "%s: %s", path, strerror(errno));
    errno = 0;
    int code = read_lines(*lines, file, path);
    if (code == CLI_OK && ferror(file))
        code = cli_error(CLI_RUNTIME, "%s: %s", path, strerror(errno));
    if (code == CLI_OK && json_array_size(*lines) == 0)
        code = cli_error(CLI_DATA, "%s: there is no line", path);
    if (!standard)
        fclose(file);
    return code;
}

/* ---- stages ---- */

const char *cli_longest_stage(const json_t *lines)
{
    json_t *counts = json_object(), *line;
    const char *best = NULL;
    json_int_t best_count = 0;
    size_t i;
    json_array_foreach(lines, i, line)
    { /* an epoch that validates weighs more than all that do not */
        const char *stage = json_string_value(json_object_get(line, "stage"));
        json_int_t weight = json_object_get(line, "valid_loss") != NULL ? 1000000000 : 1;
        json_int_t count = json_integer_value(json_object_get(counts, stage)) + weight;
        json_object_set_new(counts, stage, json_integer(count));
    }
    json_array_foreach(lines, i, line)
    {
        const char *stage = json_string_value(json_object_get(line, "stage"));
        json_int_t count = json_integer_value(json_object_get(counts, stage));
        if (count > best_count) {
            best = stage;
            best_count = count;
        }
    }
    json_decref(counts);
    return best;
}

static double number_or_nan(const json_t *line, const char *key)
{
    const json_t *value = key != NULL ? json_object_get(line, key) : NULL;
    return is_number(value) ? json_number_value(value) : NAN;
}

static void add(cli_history *h, const json_t *line)
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

int cli_history_create(cli_history *history, const json_t *lines, const char *stage)
{
    size_t room = json_array_size(lines) + 1, i;
    json_t *line;
    *history = (cli_history){.stage = stage,
                             .epoch = calloc(room, sizeof(double)),
                             .train_loss = calloc(room, sizeof(double)),
                             .valid_loss = calloc(room, sizeof(double)),
                             .score = calloc(room, sizeof(double))};
    if (history->epoch == NULL || history->train_loss == NULL || history->valid_loss == NULL ||
        history->score == NULL)
        return cli_error(CLI_RUNTIME, "no memory");
    json_array_foreach(lines, i, line)
    {
        if (strcmp(json_string_value(json_object_get(line, "stage")), stage) == 0)
            add(history, line);
    }
    return CLI_OK;
}

void cli_history_free(cli_history *history)
{
    free(history->epoch);
    free(history->train_loss);
    free(history->valid_loss);
    free(history->score);
    *history = (cli_history){.count = 0};
}
