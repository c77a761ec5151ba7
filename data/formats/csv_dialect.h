/* What is found out about CSV before its rows are read. */
#ifndef GRADUS_DATA_CSV_DIALECT_H
#define GRADUS_DATA_CSV_DIALECT_H

#include "data/formats/csv_fields.h"

/* What is tried where no delimiter is given, in this order. */
#define GD__CSV_DELIMITERS "\t;,|"

/* The delimiter of the text from the cutter's place on. */
char gd__csv_find_delimiter(const gd__cutter *cutter);

/* Looks at the line at the cutter's place, how many fields it has, and with AUTO at rows below it,
 * whether it names the columns; a doubtful answer is noted. The cutter stays where it is. False
 * with a message. */
bool gd__csv_look(gd__cutter *cutter, int *columns, bool *names);

#endif
