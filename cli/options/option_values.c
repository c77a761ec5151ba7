/* Reading one option's value. */
#include "cli/options/options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers ---- */

/* "[0,1)" */
typedef struct range {
    double least, most;
    char open, close;
} range;

static range range_of(const char *text)
{
    range r = {-INFINITY, INFINITY, '(', ')'};
    sscanf(text, "%c%lf,%lf%c", &r.open, &r.least, &r.most, &r.close);
    return r;
}

static bool is_within(range r, double x)
{
    return (r.open == '[' ? x >= r.least : x > r.least) &&
           (r.close == ']' ? x <= r.most : x < r.most);
}

/* strtod takes blanks, hexadecimal and "nan" as well; it stops at the end, a comma or something
 * wrong. */
static bool read_number(const char *text, size_t length, bool whole, range r, double *number)
{
    char *end;
    size_t fit = strspn(text, whole ? "0123456789" : "0123456789+-.eE");
    *number = strtod(text, &end);
    return length > 0 && fit >= length && end == text + length &&
           is_within(r, *number); /* inf is in no range, as all that are open end with "inf)" */
}

static bool read_seed(const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *seed = value;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* "a whole number", "numbers", and the range: " of at least 1", " above 0 and below 1". */
static void describe_numbers(char expected[160], const char *noun, range r)
{
    int n =
        snprintf(expected, 160, "%s %s %g", noun, r.open == '[' ? "of at least" : "above", r.least);
    if (isfinite(r.most))
        snprintf(expected + n, 160 - (size_t)n, " and %s %g", r.close == ']' ? "at most" : "below",
                 r.most);
}

/* ---- lists ---- */

/* The next item, up to a comma that is not in double quotes; *list moves behind it. */
static const char *next_item(const char **list, size_t *length)
{
    const char *item = *list, *end = item;
    bool quoted = false;
    if (item == NULL)
        return NULL;
    for (; *end != '\0' && (quoted || *end != ','); ++end)
        quoted ^= *end == '"';
    *length = (size_t)(end - item);
    *list = *end == ',' ? end + 1 : NULL;
    return item;
}

static bool read_numbers(const char *text, bool whole, range r)
{
    size_t length;
    double number;
    for (const char *item; (item = next_item(&text, &length)) != NULL;)
        if (!read_number(item, length, whole, r, &number))
            return false;
    return true;
}

bool cli_next_number(const char **list, double *number)
{
    size_t length;
    const char *item = next_item(list, &length);
    if (item != NULL)
        *number = strtod(item, NULL);
    return item != NULL;
}

/* ---- words ---- */

/* Whether `word` is one of `words`, which stand between bars and end at a blank or a 0. */
static bool is_one_of(const char *words, const char *word, size_t length)
{
    while (*words != '\0' && *words != ' ') {
        size_t n = strcspn(words, "| ");
        if (n == length && memcmp(words, word, n) == 0)
            return true;
        words += n + (words[n] == '|');
    }
    return false;
}

/* Writes "a|b|c" as "a, b or c"; its length. */
static int describe_words(char *to, size_t size, const char *words)
{
    size_t at = 0;
    for (bool first = true; *words != '\0' && *words != ' '; first = false) {
        size_t n = strcspn(words, "| ");
        bool last = words[n] != '|';
        int m = snprintf(to + at, size - at, "%s%.*s",
                         first  ? ""
                         : last ? " or "
                                : ", ",
                         (int)n, words);
        at = at + (size_t)m < size ? at + (size_t)m : size - 1;
        words += n + !last;
    }
    return (int)at;
}

void cli_describe_option(char *to, size_t size, const cli_option *option)
{
    char words[160] = "";
    if (option->kind == CLI_CHOICE || option->kind == CLI_WEIGHTS)
        describe_words(words, sizeof words, option->accepts);
    snprintf(to, size, "%s%s%s%s%s%s", option->help, words[0] != '\0' ? ": " : "", words,
             option->standard != NULL ? " (default: " : "",
             option->standard != NULL ? option->standard : "", option->standard != NULL ? ")" : "");
}

/* ---- weights ---- */

static bool read_weight(const char *item, size_t length, const char *forms, range r,
                        cli_weight *weight)
{
    size_t name = length;
    while (name > 0 && item[name - 1] != '=') /* a name may hold a =, a number does not */
        --name;
    *weight = (cli_weight){.name = name > 0 ? item : NULL};
    if (!read_number(item + name, length - name, false, r, &weight->number) ||
        !is_one_of(forms, name > 0 ? "NAME=X" : "X", name > 0 ? strlen("NAME=X") : 1))
        return false;
    if (name == 0)
        return true;
    weight->length = name - 1;
    if (weight->length >= 2 && item[0] == '"' && item[weight->length - 1] == '"') {
        weight->name += 1;
        weight->length -= 2;
    }
    return weight->length > 0;
}

static const char any_weight[] = "X|NAME=X", any_range[] = "(-inf,inf)";

bool cli_next_weight(const char **list, cli_weight *weight)
{
    size_t length;
    const char *item = next_item(list, &length);
    return item != NULL && read_weight(item, length, any_weight, range_of(any_range), weight);
}

static bool read_weights(const char *text, const char *forms, range r)
{
    if (is_one_of(forms, text, strlen(text)))
        return true;
    size_t length;
    cli_weight weight;
    bool alone = strchr(text, ',') == NULL;
    for (const char *item; (item = next_item(&text, &length)) != NULL;)
        if (!read_weight(item, length, forms, r, &weight) || (weight.name == NULL && !alone))
            return false;
    return true;
}

static void describe_weights(char expected[160], const char *accepts, range r)
{
    int n = describe_words(expected, 100, accepts);
    describe_numbers(expected + n, ", X a number", r);
}

/* ---- all kinds ---- */

static const char *fail(char expected[160], const char *what)
{
    snprintf(expected, 160, "%s", what);
    return expected;
}

static const char *read_numeric(void *to, const cli_option *option, const char *text,
                                char expected[160])
{
    range r = range_of(option->accepts);
    bool whole = option->kind == CLI_WHOLE || option->kind == CLI_WHOLES;
    bool list = option->kind == CLI_NUMBERS || option->kind == CLI_WHOLES;
    double number = 0;
    if (list && read_numbers(text, whole, r))
        *(const char **)to = text;
    else if (!list && read_number(text, strlen(text), whole, r, &number) &&
             (!whole || number <= INT_MAX))
        *(gd_optional *)to = GD_SOME(number);
    else if (!list && whole && number > INT_MAX)
        return fail(expected, "a whole number of at most 2147483647");
    else {
        describe_numbers(expected,
                         list    ? whole ? "whole numbers" : "numbers"
                         : whole ? "a whole number"
                                 : "a number",
                         r);
        if (list)
            strcat(expected, ", separated by commas");
        return expected;
    }
    return NULL;
}

static const char *read_text(const char **to, const cli_option *option, const char *text,
                             char expected[160])
{
    *to = text;
    switch (option->kind) {
    case CLI_TEXTS:
        return NULL;
    case CLI_CHOICE:
        if (is_one_of(option->accepts, text, strlen(text)))
            return NULL;
        describe_words(expected, 160, option->accepts);
        return expected;
    case CLI_WEIGHTS: {
        range r = range_of(strchr(option->accepts, ' ') + 1);
        if (read_weights(text, option->accepts, r))
            return NULL;
        describe_weights(expected, option->accepts, r);
        return expected;
    }
    case CLI_CHARACTER:
        if (strcmp(text, "tab") == 0 || (strlen(text) == 1 && strchr("\"'\r\n", text[0]) == NULL))
            return NULL;
        return fail(expected, "one character, or tab");
    default:
        return text[0] != '\0' ? NULL : fail(expected, "a text that is not empty");
    }
}

const char *cli_read_value(cli_options *options, const cli_option *option, const char *text,
                           char expected[160])
{
    void *to = (char *)options + option->offset;
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)to = true;
        return NULL;
    case CLI_SEED:
        return read_seed(text, to) ? NULL : fail(expected, "a whole number");
    case CLI_WHOLE:
    case CLI_NUMBER:
    case CLI_NUMBERS:
    case CLI_WHOLES:
        return read_numeric(to, option, text, expected);
    default:
        return read_text(to, option, text, expected);
    }
}
