/* Exercise 1: division for the tape of chapter 1.
 *
 * Write the two functions of an op, as the block of mul in docs/book/tape.h does for the product.
 * Derive both slopes first, and write them into the comment. */
#include "docs/book/tape.h"

/* y = a / b   =>   dy/da = ?,   dy/db = ? */
double div_value(double a, double b)
{
    return 0;
}

/* g is d root / d y. Operand 0 gets g dy/da, operand 1 gets g dy/db. */
double div_rule(double a, double b, double g, int operand)
{
    return 0;
}
