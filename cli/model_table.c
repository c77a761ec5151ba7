/* Tables for a model: what stood for a missing value in training does so in them, too. */
#include "cli/model.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

/* The texts of the option and of the model as one list (empty items count for nothing), yours to free; NULL: no memory. */
static char *join_missing(const char *option, const char *model)
{
    size_t size = strlen(option) + strlen(model) + 2;
    char *list = malloc(size);
    if (list != NULL)
        snprintf(list, size, "%s,%s", option, model);
    return list;
}

gd_table *cli_model_read_table(const cli_model *model, const cli_options *options, const char *path,
                               const char *verbatim, int *code)
{
    cli_options own = *options;
    if (model->missing == NULL)
        return cli_read_table(options, path, verbatim, code);
    char *missing = join_missing(options->missing != NULL ? options->missing : "",
                                 json_string_value(model->missing));
    own.missing = missing;
    gd_table *table = missing != NULL ? cli_read_table(&own, path, verbatim, code) : NULL;
    if (missing == NULL)
        *code = cli_error(CLI_RUNTIME, "no memory for the texts that stand for a missing value");
    free(missing);
    return table;
}
