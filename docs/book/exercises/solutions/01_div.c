#include "docs/book/tape.h"

/* y = a / b   =>   dy/da = 1 / b,   dy/db = -a / b^2 */
double div_value(double a, double b)
{
    return a / b;
}

double div_rule(double a, double b, double g, int operand)
{
    return operand == 0 ? g / b : -(g * a / (b * b));
}
