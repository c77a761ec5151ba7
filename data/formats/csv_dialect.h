/* The dialect of a CSV file, detected before its rows are read: delimiter, fields, header. */
#ifndef GRADUS_DATA_CSV_DIALECT_H
#define GRADUS_DATA_CSV_DIALECT_H

#include "data/formats/csv_fields.h"

/* The delimiters that are tried, in this order. */
#define GD__CSV_DELIMITERS "\t;,|"

/* Detects the delimiter of the text from the cutter's place on. */
char gd__csv_find_delimiter(const gd__cutter *cutter);

/* Counts the fields of the line at the cutter's place, and decides whether they name the columns:
 * as options.header says, or with GD_HEADER_AUTO by the rows below. A doubtful decision is noted.
 * The cutter does not move. False with a message. */
bool gd__csv_look(gd__cutter *cutter, int *columns, bool *names);

#endif
