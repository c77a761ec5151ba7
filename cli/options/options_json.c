#include "cli/cli.h"

int cli_print_json(const gd_json *json)
{
    char *text = gd_json_text(json, true);
    if (text == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    puts(text); /* cli_output_end says whether it could */
    gd_json_text_destroy(text);
    return CLI_OK;
}
