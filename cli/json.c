#include "cli/cli.h"

#include <string.h>

int cli_print_json(json_t *json)
{
    if (json == NULL)
        return cli_error(CLI_RUNTIME, "no memory for the result");
    json_dumpf(json, stdout,
               JSON_PRESERVE_ORDER |
                   JSON_REAL_PRECISION(15)); /* cli_output_end says whether it could */
    putchar('\n');
    json_decref(json);
    return CLI_OK;
}

/* An option's value; NULL where it was not given. */
static json_t *value_of(const cli_options *options, const cli_option *option)
{
    const void *at = (const char *)options + option->offset;
    const gd_optional *number = at;
    const char *const *text = at;
    switch (option->kind) {
    case CLI_FLAG:
        return *(const bool *)at ? json_true() : NULL;
    case CLI_SEED:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case CLI_WHOLE:
    case CLI_NUMBER:
        return number->given ? json_real(number->value) : NULL;
    default:
        return *text != NULL ? json_string(*text) : NULL;
    }
}

json_t *cli_options_json(const cli_options *options)
{
    json_t *json = json_object();
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (cli_takes(options->command, o) && o->group != CLI_OUTPUT)
            json_object_set_new(json, o->name, value_of(options, o));
    return json;
}
