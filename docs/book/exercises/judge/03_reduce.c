#include "docs/book/exercises/judge/judge.h"

#include <math.h>
#include <stdio.h>

void expand(const double x[3], double y[2][3][4]);
void reduce(const double dy[2][3][4], double dx[3]);

/* Sum of dy times the repeated x: the root. */
static double root(const double *x, double dy[2][3][4])
{
    double sum = 0;
    for (int i = 0; i < 24; ++i)
        sum += dy[i / 12][i / 4 % 3][i % 4] * x[i / 4 % 3];
    return sum;
}

static void judge_reduce(gd_rng *rng)
{
    const double h = 1e-5;
    for (int n = 0; n < 3; ++n) {
        double x[3], y[2][3][4], dy[2][3][4], dx[3];
        judge_case("x and dy number %d", n + 1);
        for (int j = 0; j < 3; ++j) {
            x[j] = judge_sign(rng);
            dx[j] = NAN; /* what is never written is wrong */
        }
        for (int i = 0; i < 24; ++i) {
            dy[i / 12][i / 4 % 3][i % 4] = judge_sign(rng);
            y[i / 12][i / 4 % 3][i % 4] = NAN;
        }
        expand(x, y);
        reduce((const double(*)[3][4])dy, dx);
        for (int i = 0; i < 24; ++i) {
            char place[24];
            snprintf(place, sizeof place, "[%d,%d,%d]", i / 12, i / 4 % 3, i % 4);
            judge_number("value", place, y[i / 12][i / 4 % 3][i % 4], x[i / 4 % 3]);
        }
        for (int j = 0; j < 3; ++j) {
            double before = x[j], above, below;
            x[j] = before + h;
            above = root(x, dy);
            x[j] = before - h;
            below = root(x, dy);
            x[j] = before;
            judge_number("gradient of x", (char[]){'[', (char)('0' + j), ']', 0}, dx[j],
                         (above - below) / (2 * h));
        }
    }
}

const exercise the_exercise = {
    .judge = judge_reduce,
    .hint = "How many elements of y show x[0]? Each of them is one use of x[0], and each use adds\n"
            "its dy. Two of the three loops are inside the sum. Set dx[j] to 0 before you add.",
    .learnt =
        "An operand that is repeated is an operand that is used often, and += does the rest: the\n"
        "gradient is the sum of dy over every dimension along which it was repeated, here the\n"
        "first and the last. This needs no rule of its own: Gradus does it for every op that\n"
        "broadcasts, in one place.",
};
