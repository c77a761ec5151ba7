/* Tables for a model: read as training's was, but for what options say otherwise. */
#include "cli/dataset.h"
#include "cli/model.h"
#include "cli/options/tables.h"
#include "cli/system/memory.h"

#include <stdlib.h>
#include <string.h>

/* A list of columns, or of texts, that grows; `text` is the caller's to free. */
typedef struct list {
    char *text;
    size_t length;
    bool failed;
} list;

/* Adds an item, as it stands or as a name in quotes. */
static void add_item(list *l, const char *item, bool quoted)
{
    char *grown = cli_realloc(l->text, l->length + 2 * strlen(item) + sizeof ",\"\"");
    l->failed |= grown == NULL;
    if (grown == NULL)
        return;
    char *to = grown + l->length;
    if (l->length > 0 && to[-1] != ',')
        *to++ = ',';
    if (quoted)
        *to++ = '"';
    for (; *item != '\0'; ++item) {
        if (quoted && *item == '"')
            *to++ = '"';
        *to++ = *item;
    }
    if (quoted)
        *to++ = '"';
    *to = '\0';
    l->text = grown;
    l->length = (size_t)(to - grown);
}

/* The columns whose cells are texts to the model, byte for byte: categories, words, classes; and `more`, a list. */
static list verbatim_columns(const cli_model *model, const char *more)
{
    list l = {.text = NULL};
    gd_column_kind kind;
    const char *name;
    if (more != NULL)
        add_item(&l, more, false);
    for (int64_t i = 0; (name = gd_encoder_column(model->encoder, i, &kind)) != NULL; ++i)
        if (kind != GD_COLUMN_NUMBERS)
            add_item(&l, name, true);
    if (model->target.classes != NULL)
        add_item(&l, gd__json_string_of(gd__json_at(model->target.columns, 0)), true);
    return l;
}

static bool is_given(const char *choice)
{
    return choice != NULL && strcmp(choice, "auto") != 0;
}

enum { READING_TEXTS = 6 };
static const char *const reading_texts[READING_TEXTS] = {
    "delimiter", "likely_delimiter", "decimal", "likely_decimal", "format", "weight"};

int cli_model_set_reading(cli_model *model, const cli_options *o, const gd_table *table)
{
    const char *likely = NULL;
    const char delimiter[2] = {gd_table_delimiter(table)};
    gd_guess guess;
    for (int64_t i = 0; gd_table_note(table, i, &guess) != NULL; ++i)
        if (guess == GD_GUESS_DECIMAL_COMMA || guess == GD_GUESS_THOUSANDS)
            likely = guess == GD_GUESS_THOUSANDS ? "." : ",";
    int weight = o->weight != NULL ? cli_choose_column(table, "weight", o->weight) : -1;
    if (o->weight != NULL && weight < 0)
        return CLI_DATA;
    const char *const texts[READING_TEXTS] = {
        o->delimiter,
        o->delimiter != NULL || delimiter[0] == '\0' ? NULL
        : delimiter[0] == '\t'                       ? "tab"
                                                     : delimiter,
        is_given(o->decimal) ? o->decimal : NULL,
        likely,
        o->format != NULL ? o->format : gd_table_format_of(gd_table_path(table)),
        weight >= 0 ? gd_table_name(table, weight) : NULL};
    model->reading = gd__json_object();
    gd__json_set(model->reading, "header", gd__json_boolean(gd_table_has_header(table)));
    for (int i = 0; i < READING_TEXTS; ++i)
        if (texts[i] != NULL)
            gd__json_set(model->reading, reading_texts[i], gd__json_string(texts[i]));
    return gd__json_check(model->reading) == GD_OK ? CLI_OK
                                                   : cli_error(CLI_RUNTIME, "%s", gd_message());
}

bool cli_is_reading(const gd__json *reading)
{
    const gd__json *header = gd__json_get(reading, "header");
    bool fits = (reading == NULL || gd__json_is(reading, GD__JSON_OBJECT)) &&
                (header == NULL || gd__json_is(header, GD__JSON_BOOLEAN));
    for (int i = 0; fits && i < READING_TEXTS; ++i) {
        const gd__json *value = gd__json_get(reading, reading_texts[i]);
        const char *text = gd__json_string_of(value);
        bool mark = text != NULL && (strcmp(text, ".") == 0 || strcmp(text, ",") == 0);
        bool delimiter = text != NULL && (strlen(text) == 1 || strcmp(text, "tab") == 0);
        fits = value == NULL || (i < 2 ? delimiter : i < 4 ? mark : text != NULL);
    }
    return fits;
}

/* The texts for a missing value of the options and of training. Where either list replaces the usual ones, so do both. */
static list missing_texts(const cli_model *model, const cli_options *options)
{
    list l = {.text = NULL};
    const char *lists[] = {gd__json_string_of(model->missing), options->missing};
    for (int i = 0; i < 2; ++i)
        if (lists[i] != NULL && (lists[i][0] == '\0' || lists[i][0] == ',') && l.text == NULL)
            add_item(&l, ",", false);
    for (int i = 0; i < 2; ++i)
        if (lists[i] != NULL)
            add_item(&l, lists[i], false);
    return l;
}

/* What the options leave open is as it was in training. */
static void remember(cli_options *own, const cli_model *model, const char *path)
{
    const gd__json *header = gd__json_get(model->reading, "header");
    const char *format = own->format != NULL ? own->format : gd_table_format_of(path);
    bool csv = format == NULL || strcmp(format, "csv") == 0;
    if (header != NULL && !own->header && !own->no_header) {
        own->header = gd__json_is_true(header);
        own->no_header = !own->header;
    }
    if (csv && own->delimiter == NULL)
        own->delimiter = gd__json_string_of(gd__json_get(model->reading, "delimiter"));
    own->likely_delimiter = gd__json_string_of(gd__json_get(model->reading, "likely_delimiter"));
    own->likely_format = gd__json_string_of(gd__json_get(model->reading, "format"));
    if (!is_given(own->decimal)) {
        own->decimal = gd__json_string_of(gd__json_get(model->reading, "decimal"));
        own->likely_decimal = gd__json_string_of(gd__json_get(model->reading, "likely_decimal"));
    }
}

gd_table *cli_model_read_table(const cli_model *model, const cli_options *options, const char *path,
                               const char *more, int *code)
{
    cli_options own = *options;
    list verbatim = verbatim_columns(model, more), missing = missing_texts(model, options);
    gd_table *table = NULL;
    remember(&own, model, path);
    own.missing = missing.text;
    if (verbatim.failed || missing.failed)
        *code = cli_error(CLI_RUNTIME, "no memory for lists of columns");
    else
        table = cli_read_table(&own, path, verbatim.text, code);
    free(verbatim.text);
    free(missing.text);
    return table;
}

gd_table *cli_model_read_judged(const cli_model *model, const cli_options *options,
                                const char *path, int *code)
{
    const char *weight = gd__json_string_of(gd__json_get(model->reading, "weight"));
    gd_table *table = cli_model_read_table(model, options, path, NULL, code);
    if (table != NULL && weight != NULL)
        *code = cli_drop_weightless(&table, gd_table_find(table, weight));
    if (*code == CLI_OK)
        return table;
    gd_table_destroy(table);
    return NULL;
}
