/* gradus convert: writes a table in another format. */
#include "cli/files/tables.h"

int cli_convert(const cli_options *options)
{
    const char *path = options->count > 1 ? options->operands[1] : "-";
    const char *format = cli_format_of(options, path);
    if (format == NULL)
        return CLI_USAGE;
    int code;
    gd_table *table = cli_read_table(options, options->operands[0], "*", &code);
    if (table != NULL)
        code = cli_write_table(options, table, NULL, format, path);
    gd_table_destroy(table);
    return code;
}
