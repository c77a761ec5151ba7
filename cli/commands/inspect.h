/* The results of `gradus inspect` about a table or a model, as a JSON object or as text. */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "cli/files/model.h"
#include "cli/files/tables.h"

/* Appends likely problems of a table, {"column", "kind", "message"}, to an array. `targets`
 * [columns]; `used` [columns]: the columns that the model uses (the others need not be dropped);
 * NULL: no model yet. */
void cli_find_warnings(const gd_table *table, const bool *targets, const bool *used,
                       gd_json *warnings);

/* Describes a table, with these warnings; `targets` and `used` as above. */
gd_json *cli_table_report(const gd_table *table, const bool *targets, const bool *used);

/* Prints the description of a table on standard output. */
void cli_print_report(const gd_json *report);

/* Prints the description of a model; an exit code. */
int cli_inspect_model(const cli_options *options);

#endif
