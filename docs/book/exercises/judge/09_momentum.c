#include "docs/book/exercises/judge/judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void momentum_step(int n, double *w, double *velocity, const double *g, double rate,
                   double momentum);

enum { N = 3, STEPS = 4 };

/* A valley, so that a wrong step changes the gradients that follow. */
static double loss(const double *curvature, const double *w)
{
    double sum = 0;
    for (int i = 0; i < N; ++i)
        sum += curvature[i] * w[i] * w[i] / 2 + w[i] * w[(i + 1) % N] / 4;
    return sum;
}

/* Its gradient by differences. */
static void slope(const double *curvature, double *w, double *g)
{
    const double h = 1e-4; /* exact for a sum of squares, but for rounding */
    for (int i = 0; i < N; ++i) {
        double before = w[i];
        w[i] = before + h;
        double above = loss(curvature, w);
        w[i] = before - h;
        double below = loss(curvature, w);
        w[i] = before;
        g[i] = (above - below) / (2 * h);
    }
}

static void judge_momentum(gd_rng *rng)
{
    for (int k = 0; k < 3; ++k) {
        double curvature[N], w[N], g[N], velocity[N] = {0}, right_w[N], right_velocity[N] = {0};
        double rate = judge_uniform(rng, 0.05, 0.2), momentum = judge_uniform(rng, 0.5, 0.9);
        for (int i = 0; i < N; ++i) {
            curvature[i] = judge_uniform(rng, 1, 3);
            w[i] = right_w[i] = judge_sign(rng);
        }
        for (int step = 0; step < STEPS; ++step) {
            double right_g[N];
            judge_case("rate %.3f, momentum %.3f, step %d", rate, momentum, step);
            slope(curvature, w, g);
            slope(curvature, right_w, right_g);
            double kept[N];
            memcpy(kept, g, sizeof g);
            momentum_step(N, w, velocity, g, rate, momentum);
            for (int i = 0; i < N; ++i) {
                char place[8];
                snprintf(place, sizeof place, "[%d]", i);
                right_velocity[i] = momentum * right_velocity[i] + right_g[i];
                right_w[i] -= rate * right_velocity[i];
                judge_number("velocity", place, velocity[i], right_velocity[i]);
                judge_number("w", place, w[i], right_w[i]);
                judge_number("g is not changed", place, g[i], kept[i]);
            }
        }
    }
}

const exercise the_exercise = {
    .judge = judge_momentum,
    .hint = "Two lines in a loop over i. The new velocity is computed from the old one, and w "
            "moves by\n"
            "the new one. Step 0 is right even without momentum, because the velocity was 0: look\n"
            "at step 1.",
    .learnt =
        "An optimiser is a loop over the parameters with a memory for each. With a constant\n"
        "gradient g the velocity grows to g / (1 - momentum), ten times g for 0.9: steps become\n"
        "long where gradients agree, and short where they change sign. Adam adds a second memory,\n"
        "of the squares. nn/optimizers/sgd.c and adam.c have them.",
};
