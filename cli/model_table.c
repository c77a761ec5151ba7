/* Tables for a model: read as training's was, but for what options say otherwise. */
#include "cli/model.h"
#include "cli/table.h"

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
    char *grown = realloc(l->text, l->length + 2 * strlen(item) + sizeof ",\"\"");
    l->failed |= grown == NULL;
    if (grown == NULL)
        return;
    char *to = grown + l->length;
    if (l->length > 0)
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

gd_table *cli_model_read_table(const cli_model *model, const cli_options *options, const char *path,
                               const char *more, int *code)
{
    cli_options own = *options;
    list verbatim = verbatim_columns(model, more), missing = {.text = NULL};
    if (model->missing != NULL) {
        if (options->missing != NULL)
            add_item(&missing, options->missing, false);
        add_item(&missing, gd__json_string_of(model->missing), false);
        own.missing = missing.text;
    }
    gd_table *table = NULL;
    if (verbatim.failed || missing.failed)
        *code = cli_error(CLI_RUNTIME, "no memory for lists of columns");
    else
        table = cli_read_table(&own, path, verbatim.text, code);
    free(verbatim.text);
    free(missing.text);
    return table;
}
