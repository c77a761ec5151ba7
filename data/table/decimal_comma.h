/* Numbers with a decimal comma, 1.234,5, or with commas between thousands, 1,234.5. */
#ifndef GRADUS_DATA_DECIMAL_COMMA_H
#define GRADUS_DATA_DECIMAL_COMMA_H

#include "data/table/table.h"

/* Whether a text is a number in either form, or with a decimal point as everywhere else; *value
 * gets it. */
bool gd__looks_like_number(const char *text, size_t length, double *value);

/* Columns of a table whose rows are complete: those whose texts are all numbers with commas become
 * columns of numbers, written with a decimal point, and what was taken for what is noted. False
 * with a message. */
bool gd__table_read_commas(gd_table *table);

#endif
