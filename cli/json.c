#include "cli/cli.h"

int cli_print_json(json_t *json)
{
    if (json == NULL)
        return cli_error(CLI_RUNTIME, "no memory for the result");
    json_dumpf(json, stdout,
               JSON_INDENT(2) | JSON_PRESERVE_ORDER |
                   JSON_REAL_PRECISION(15)); /* cli_output_end says whether it could */
    putchar('\n');
    json_decref(json);
    return CLI_OK;
}
