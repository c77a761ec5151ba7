/* What `gradus inspect` finds out about a table or a model: one JSON object, of which the text is another form. */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "cli/options/tables.h"

/* Appends what should be looked at before training, {"column", "kind", "message"}, to an array. `targets` [columns]; `used`
 * [columns]: those that a model goes by, as no other need be left out; NULL: there is no model yet. */
void cli_find_warnings(const gd_table *table, const bool *targets, const bool *used,
                       gd__json *warnings);

/* What a table holds, with these warnings; `targets`, `used` as there. */
gd__json *cli_table_report(const gd_table *table, const bool *targets, const bool *used);

/* A table's report as text, on standard output. */
void cli_print_report(const gd__json *report);

/* Whether the file's first bytes are those of a model; and the report of one, with an exit code. */
bool cli_is_model(const char *path);
int cli_inspect_model(const cli_options *options);

#endif
