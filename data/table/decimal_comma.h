/* Numbers with a decimal comma, 1.234,5, or with commas between thousands, 1,234.5. */
#ifndef GRADUS_DATA_DECIMAL_COMMA_H
#define GRADUS_DATA_DECIMAL_COMMA_H

#include "data/table/table.h"

/* Whether a text is a number with a decimal point, a decimal comma or commas between thousands;
 * *value is the number. */
bool gd__looks_like_number(const char *text, size_t length, double *value);

/* Makes columns whose texts are all numbers with commas columns of numbers, with decimal points,
 * and notes what the commas were taken for. The rows are complete. False with a message. */
bool gd__table_read_commas(gd_table *table);

#endif
