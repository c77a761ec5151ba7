/* gd_fit_options: the values that they accept, and as JSON. */
#include "data/input/number.h"
#include "fit/fit_state.h"
#include "fit/number_lists.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Texts come first, up to WEIGHTS. */
typedef enum kind { TEXT, CHOICE, WHOLES, WEIGHTS, WHOLE, NUMBER, SEED, FLAG, VALID } kind;

/* In the order of a checkpoint's identity. */
typedef struct row {
    const char *name;
    kind kind;
    size_t offset;
    const char *
        accepts; /* CHOICE: "auto|..", the first is the default; WEIGHTS: words; numbers: a range */
} row;

#define AT(member) offsetof(gd_fit_options, member)
static const row options_list[] = {
    {"target", TEXT, AT(target), NULL},
    {"targets", TEXT, AT(targets), NULL},
    {"drop", TEXT, AT(drop), NULL},
    {"only", TEXT, AT(only), NULL},
    {"id", TEXT, AT(id), NULL},
    {"weight", TEXT, AT(weight), NULL},
    {"categorical", TEXT, AT(categorical), NULL},
    {"numeric", TEXT, AT(numeric), NULL},
    {"text", TEXT, AT(text), NULL},
    {"task", CHOICE, AT(task), "auto|binary|multiclass|multilabel|regression"},
    {"reading", FLAG, AT(reading), NULL},
    {"model", CHOICE, AT(model), "auto|logreg|mlp"},
    {"hidden", WHOLES, AT(hidden), "[1,100000]"},
    {"act", CHOICE, AT(act), "relu|tanh|sigmoid|gelu|silu|softplus"},
    {"dropout", NUMBER, AT(dropout), "[0,1)"},
    {"loss", CHOICE, AT(loss), "auto|ce|nll|bce|bce_with_logits|mse|focal"},
    {"class_weight", WEIGHTS, AT(class_weight), "balanced"},
    {"pos_weight", WEIGHTS, AT(pos_weight), "auto"},
    {"label_smoothing", NUMBER, AT(label_smoothing), "[0,1)"},
    {"epochs", WHOLE, AT(epochs), "[1,inf)"},
    {"batch", WHOLE, AT(batch), "[1,inf)"},
    {"optim", CHOICE, AT(optim), "auto|sgd|momentum|adam|adamw|rmsprop|adagrad|lbfgs"},
    {"lr", NUMBER, AT(lr), "(0,inf)"},
    {"schedule", CHOICE, AT(schedule), "auto|constant|step|cosine|warmup|plateau|one-cycle"},
    {"weight_decay", NUMBER, AT(weight_decay), "[0,inf)"},
    {"clip", NUMBER, AT(clip), "(0,inf)"},
    {"patience", WHOLE, AT(patience), "[1,inf)"},
    {"valid", VALID, AT(valid), NULL},
    {"valid_frac", NUMBER, AT(valid_frac), "(0,1)"},
    {"folds", WHOLE, AT(folds), "[2,inf)"},
    {"group", TEXT, AT(group), NULL},
    {"seed", SEED, AT(seed), NULL},
    {"tune_thresholds", FLAG, AT(tune_thresholds), NULL}};
enum { OPTIONS = sizeof options_list / sizeof *options_list };

/* The address of the option's member. */
static const void *value_of(const gd_fit_options *o, const row *option)
{
    return (const char *)o + option->offset;
}

static const char *text_of(const gd_fit_options *o, const row *option)
{
    return *(const char *const *)value_of(o, option);
}

const gd_fit_options gd__fit_defaults = {.target = NULL};

/* ---- checking ---- */

static bool is_one_of(const char *words, const char *word)
{
    size_t length = strlen(word);
    while (*words != '\0') {
        size_t n = strcspn(words, "|");
        if (n == length && memcmp(words, word, n) == 0)
            return true;
        words += n + (words[n] == '|');
    }
    return false;
}

/* range: "[0,1)". No range contains infinity. */
static bool is_within(const char *range, double x)
{
    const char *comma = strchr(range, ',') + 1;
    double least, most = INFINITY;
    const char *end;
    gd__scan_number(range + 1, &end, &least);
    if (*comma != 'i')
        gd__scan_number(comma, &end, &most);
    return (range[0] == '[' ? x >= least : x > least) &&
           (range[strlen(range) - 1] == ']' ? x <= most : x < most);
}

static bool refuse(const row *option, const char *expected, const char *found)
{
    return gd__fail_false(GD_ERROR_ARGUMENT, ".%s: %s is expected, found \"%.80s\"", option->name,
                          expected, found);
}

/* Writes "[0,1)" in words: "of at least 0 and below 1". */
static const char *describe_range(char text[64], const char *range)
{
    int n = (int)strcspn(range + 1, ",");
    const char *most = range + n + 2;
    int m = (int)strcspn(most, ")]");
    int at = snprintf(text, 64, "%s %.*s", range[0] == '[' ? "of at least" : "above", n, range + 1);
    if (*most != 'i')
        snprintf(text + at, 64 - (size_t)at, " and %s %.*s", most[m] == ']' ? "at most" : "below",
                 m, most);
    return text;
}

static bool check_number(const row *option, double number)
{
    char range[64];
    bool whole = option->kind != NUMBER;
    return (is_within(option->accepts, number) && (!whole || number == trunc(number))) ||
           gd__fail_false(GD_ERROR_ARGUMENT, ".%s: a %snumber %s is expected, found %g",
                          option->name, whole ? "whole " : "",
                          describe_range(range, option->accepts), number);
}

static bool check_wholes(const row *option, const char *list)
{
    gd__weight item;
    for (const char *rest = list; gd__next_weight(&rest, &item) && item.name == NULL; list = rest)
        if (!check_number(option, item.number))
            return false;
    return list == NULL || refuse(option, "a list of numbers", list);
}

/* A keyword, NAME=X pairs, or a single X if names are optional. */
static bool check_weights(const row *option, const char *list)
{
    gd__weight weight;
    bool named = strcmp(option->name, "class_weight") == 0, alone = true, ok = true;
    if (strcmp(list, option->accepts) == 0)
        return true;
    const char *rest = list;
    while (ok && gd__next_weight(&rest, &weight)) {
        alone &= rest == NULL;
        ok = weight.number > 0 && (weight.name != NULL || (alone && !named));
    }
    return (ok && rest == NULL) ||
           refuse(option, named ? "balanced or NAME=X" : "auto, X or NAME=X", list);
}

static bool check(const gd_fit_options *o, const row *option)
{
    if (option->kind == WHOLE || option->kind == NUMBER) {
        const gd_optional *number = value_of(o, option);
        return !number->given || check_number(option, number->value);
    }
    if (option->kind != CHOICE && option->kind != WHOLES && option->kind != WEIGHTS)
        return true;
    const char *text = text_of(o, option);
    if (text == NULL)
        return true;
    return option->kind == WHOLES ? check_wholes(option, text)
           : option->kind == WEIGHTS
               ? check_weights(option, text)
               : is_one_of(option->accepts, text) || refuse(option, option->accepts, text);
}

gd_status gd_fit_check_options(const gd_fit_options *options)
{
    const gd_fit_options *o = options;
    const char *missing = o->reading != NULL ? o->reading->missing : NULL;
    for (int i = 0; i < OPTIONS; ++i)
        if (!check(o, &options_list[i]))
            return gd_message_status();
    if (o->target != NULL && o->targets != NULL)
        return gd_fail(GD_ERROR_ARGUMENT, ".target and .targets cannot be combined");
    if ((o->valid != NULL) + o->valid_frac.given + o->folds.given > 1)
        return gd_fail(GD_ERROR_ARGUMENT, ".valid, .valid_frac and .folds cannot be combined");
    if (o->resume && o->checkpoint == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, ".resume needs .checkpoint");
    if (missing != NULL && !gd__is_utf8(missing))
        return gd_fail(GD_ERROR_ARGUMENT, ".missing takes text in UTF-8");
    return GD_OK;
}

/* ---- for a checkpoint ---- */

static void put_reading(gd_json *json, const gd_table_options *reading)
{
    const char delimiter[] = {reading->delimiter, '\0'}, decimal[] = {reading->decimal, '\0'};
    if (reading->format != NULL)
        gd_json_set(json, "format", gd_json_string(reading->format));
    if (reading->delimiter != '\0')
        gd_json_set(json, "delimiter",
                    gd_json_string(reading->delimiter == '\t' ? "tab" : delimiter));
    gd_json_set(json, "decimal", gd_json_string(reading->decimal != '\0' ? decimal : "auto"));
    if (reading->missing != NULL)
        gd_json_set(json, "missing", gd_json_string(reading->missing));
    if (reading->header != GD_HEADER_AUTO)
        gd_json_set(json, reading->header == GD_HEADER_YES ? "header" : "no-header",
                    gd_json_boolean(true));
}

/* The option's value under this name, if it is given; choices have their default. */
static void put_option(gd_json *json, const char *name, const gd_fit_options *o, const row *option)
{
    char standard[16] = "";
    const void *value = value_of(o, option);
    bool is_number = option->kind == WHOLE || option->kind == NUMBER;
    if (option->kind == SEED)
        gd_json_set(json, name, gd__seed_json(o->seed));
    else if (option->kind == FLAG && *(const bool *)value)
        gd_json_set(json, name, gd_json_boolean(true));
    else if (is_number && ((const gd_optional *)value)->given)
        gd_json_set(json, name, gd_json_real(((const gd_optional *)value)->value));
    else if (option->kind == VALID && o->valid != NULL)
        gd_json_set(json, name, gd_json_string(gd_table_path(o->valid)));
    if (option->kind > WEIGHTS)
        return;
    const char *text = text_of(o, option);
    if (text == NULL && option->kind == CHOICE)
        text = memcpy(standard, option->accepts, strcspn(option->accepts, "|"));
    if (text != NULL)
        gd_json_set(json, name, gd_json_string(text));
}

/* Names have dashes, like the options of the command. */
gd_json *gd__options_json(const gd_fit_options *options)
{
    static const gd_table_options usual = {.format = NULL};
    gd_json *json = gd_json_object();
    for (int i = 0; i < OPTIONS; ++i) {
        const row *option = &options_list[i];
        char name[24] = "";
        for (size_t k = 0; option->name[k] != '\0'; ++k)
            name[k] = option->name[k] == '_' ? '-' : option->name[k];
        if (option->offset == AT(reading))
            put_reading(json, options->reading != NULL ? options->reading : &usual);
        else
            put_option(json, name, options, option);
    }
    return json;
}
