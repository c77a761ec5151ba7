/* The value of one option: reading it, and describing it in help. */
#include "cli/options/options.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* strtod takes blanks, hexadecimal and "nan" as well. */
static bool read_number(const char *text, bool whole, gd_optional *number)
{
    char *end;
    size_t fit = strspn(text, whole ? "0123456789" : "0123456789+-.eE");
    *number = GD_SOME(strtod(text, &end));
    return fit > 0 && text[fit] == '\0' && *end == '\0' && isfinite(number->value) &&
           (!whole || number->value <= INT_MAX);
}

static bool read_seed(const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* Whether `word` is one of "a|b|c". */
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

/* Writes "a|b|c" as "a, b or c". */
static const char *describe_words(char text[160], const char *words)
{
    int at = 0;
    for (const char *before = ""; *words != '\0'; words += words[0] == '|') {
        int n = (int)strcspn(words, "|");
        at += snprintf(text + at, 160 - (size_t)at, "%s%.*s", before, n, words);
        words += n;
        before = strchr(words + (*words == '|'), '|') != NULL ? ", " : " or ";
    }
    return text;
}

void cli_describe_option(char *to, size_t size, const cli_option *option)
{
    char words[160] = "";
    if (option->accepts != NULL)
        describe_words(words, option->accepts);
    snprintf(to, size, "%s%s%s%s%s%s", option->help, words[0] != '\0' ? ": " : "", words,
             option->standard != NULL ? " (default: " : "",
             option->standard != NULL ? option->standard : "", option->standard != NULL ? ")" : "");
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
        return read_seed(text, to) ? NULL : "a whole number";
    case CLI_WHOLE:
        return read_number(text, true, to)                  ? NULL
               : ((const gd_optional *)to)->value > INT_MAX ? "a whole number of at most 2147483647"
                                                            : "a whole number";
    case CLI_NUMBER:
        return read_number(text, false, to) ? NULL : "a number";
    default:
        *(const char **)to = text;
    }
    if (option->kind == CLI_CHOICE)
        return is_one_of(option->accepts, text) ? NULL : describe_words(expected, option->accepts);
    if (option->kind == CLI_CHARACTER)
        return strcmp(text, "tab") == 0 || (strlen(text) == 1 && strchr("\"'\r\n", text[0]) == NULL)
                   ? NULL
                   : "one character, or tab";
    return option->kind == CLI_TEXTS || text[0] != '\0' ? NULL : "a text that is not empty";
}
