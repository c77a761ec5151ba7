#include "docs/book/exercises/judge/judge.h"
#include "docs/book/tape.h"

double div_value(double a, double b);
double div_rule(double a, double b, double g, int operand);

/* root = (a / b) c: the gradient that reaches the quotient is c. */
static void judge_div(gd_rng *rng)
{
    static const op op_div = {"div", div_value, div_rule};
    const double h = 1e-6;
    for (int i = 0; i < 8; ++i) {
        double x = judge_sign(rng), y = judge_sign(rng), g = judge_sign(rng);
        tape t = {.count = 0};
        judge_case("a = %.4g, b = %.4g, g = %.4g", x, y, g);
        int a = leaf(&t, x), b = leaf(&t, y), c = leaf(&t, g);
        int quotient = apply(&t, &op_div, a, b);
        backward(&t, apply(&t, &op_mul, quotient, c));
        judge_number("value", "", t.at[quotient].value, x / y);
        judge_number("gradient of a", "", t.at[a].grad,
                     (g * ((x + h) / y) - g * ((x - h) / y)) / (2 * h));
        judge_number("gradient of b", "", t.at[b].grad,
                     (g * (x / (y + h)) - g * (x / (y - h))) / (2 * h));
    }
}

const exercise the_exercise = {
    .judge = judge_div,
    .hint = "Write a / b as a b^-1 and differentiate for a, then for b: the slope of b^-1 is\n"
            "-b^-2. Then multiply each slope by g. The operand tells which of the two is asked\n"
            "for.",
    .learnt =
        "An op is two things: its value, and for each operand the slope of the value times\n"
        "g. The tape does the rest. The slope for b has a minus sign: a larger divisor makes\n"
        "the quotient smaller. The judge compared your rule with differences, as you did by\n"
        "hand with the nudges of this chapter. Chapter 10 makes a tool of that.",
};
