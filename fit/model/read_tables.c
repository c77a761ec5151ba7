/* Tables for a model: read in the same way as the training table. */
#include "fit/model/model.h"
#include "fit/target/columns.h"

#include <string.h>

/* A growing list of columns or texts, separated by commas. */
typedef struct list {
    char *text; /* [size] */
    size_t length, size;
    bool failed;
} list;

static bool grow(list *l, size_t more)
{
    size_t size = 2 * l->length + more;
    char *grown = gd__zeros(size, 1);
    l->failed |= grown == NULL;
    if (grown == NULL)
        return false;
    if (l->text != NULL)
        memcpy(grown, l->text, l->length);
    gd_free(l->text, l->size);
    l->text = grown;
    l->size = size;
    return true;
}

/* Adds an item, or a name in quotes. */
static void add_item(list *l, const char *item, bool quoted)
{
    size_t most = 2 * strlen(item) + sizeof ",\"\"";
    if (l->size - l->length < most && !grow(l, most))
        return;
    char *to = l->text + l->length;
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
    l->length = (size_t)(to - l->text);
}

/* The columns whose texts the model compares byte for byte, and those of the list `more`. */
static list verbatim_columns(const gd_model *model, const char *more)
{
    list l = {.text = NULL};
    gd_encoded_column column;
    if (more != NULL)
        add_item(&l, more, false);
    for (int64_t i = 0; gd_encoder_column(model->encoder, i, &column); ++i)
        if (column.kind == GD_ENCODED_LEVELS || column.kind == GD_ENCODED_WORDS)
            add_item(&l, column.name, true);
    if (gd__has_classes(&model->target))
        add_item(&l, gd_target_column(&model->target, 0), true);
    return l;
}

/* The texts for missing values of training and of the list `more`. They replace the usual ones if
 * either list does. */
static list missing_texts(const gd_model *model, const char *more)
{
    list l = {.text = NULL};
    const char *lists[] = {model->missing, more};
    for (int i = 0; i < 2; ++i)
        if (lists[i] != NULL && (lists[i][0] == '\0' || lists[i][0] == ',') && l.text == NULL)
            add_item(&l, ",", false);
    for (int i = 0; i < 2; ++i)
        if (lists[i] != NULL)
            add_item(&l, lists[i], false);
    return l;
}

gd__reading gd__reading_of(const gd_table *table, const gd_table_options *options)
{
    gd_guess guess;
    gd__reading r = {.known = true,
                     .header = gd_table_has_header(table),
                     .delimiter = options != NULL ? options->delimiter : '\0',
                     .decimal = options != NULL ? options->decimal : '\0'};
    if (r.delimiter == '\0')
        r.likely_delimiter = gd_table_delimiter(table);
    for (int64_t i = 0; gd_table_note(table, i, &guess) != NULL; ++i)
        if (guess == GD_GUESS_DECIMAL_COMMA || guess == GD_GUESS_THOUSANDS)
            r.likely_decimal = guess == GD_GUESS_THOUSANDS ? '.' : ',';
    return r;
}

/* Fills in what the options leave open. */
static void remember(gd_table_options *own, const gd__reading *reading, const char *path)
{
    const char *format = own->format != NULL ? own->format : gd_table_format_of(path);
    bool csv = format == NULL || strcmp(format, "csv") == 0;
    if (reading->known && own->header == GD_HEADER_AUTO)
        own->header = reading->header ? GD_HEADER_YES : GD_HEADER_NO;
    if (csv && own->delimiter == '\0')
        own->delimiter = reading->delimiter;
    own->likely_delimiter = reading->likely_delimiter;
    own->likely_format = reading->format;
    if (own->decimal == '\0') {
        own->decimal = reading->decimal;
        own->likely_decimal = reading->likely_decimal;
    }
}

gd_table *gd_model_read_table(const gd_model *model, const char *path,
                              const gd_table_options *options)
{
    gd_table_options own = options != NULL ? *options : (gd_table_options){.format = NULL};
    list verbatim = verbatim_columns(model, own.verbatim);
    list missing = missing_texts(model, own.missing);
    gd_table *table = NULL;
    remember(&own, &model->reading, path);
    own.verbatim = verbatim.text;
    own.missing = missing.text;
    if (!verbatim.failed && !missing.failed)
        table = gd_table_read(path, &own);
    gd_free(verbatim.text, verbatim.size);
    gd_free(missing.text, missing.size);
    return table;
}

gd_table *gd_table_read_alike(const char *path, const gd_table *like,
                              const gd_table_options *options)
{
    gd_table_options own = options != NULL ? *options : (gd_table_options){.format = NULL};
    gd__reading reading = gd__reading_of(like, options);
    remember(&own, &reading, path);
    own.likely_format = own.format != NULL ? own.format : gd_table_format_of(gd_table_path(like));
    return gd_table_read(path, &own);
}

gd_table *gd_model_read_test_table(const gd_model *model, const char *path,
                                   const gd_table_options *options)
{
    gd_table *without = NULL, *table = gd_model_read_table(model, path, options);
    const char *weight = model->reading.weight;
    if (table == NULL || weight == NULL)
        return table;
    bool ok = gd__drop_weightless(&without, table, gd_table_find(table, weight));
    if (ok && without == NULL)
        return table;
    gd_table_destroy(table);
    return without;
}
