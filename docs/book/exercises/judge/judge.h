/* What the judges of the exercises share. A judge calls the reader's function on random numbers
 * and compares every number that comes out. It runs in a process of its own: a crash, an endless
 * loop or exit() in the reader's function ends that process only, and is a row of the table. */
#ifndef BOOK_JUDGE_H
#define BOOK_JUDGE_H

#include <gradus.h>

typedef struct exercise {
    const char *hint;
    const char *learnt; /* printed when everything is right */
    void (*judge)(gd_rng *rng);
} exercise;

/* Each judge defines it. */
extern const exercise the_exercise;

/* The next comparisons belong to this case: "a = 2, b = 0.5". */
void judge_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One number. Right: |yours - right| <= 1e-6 (1 + |right|); NaN never is. what: "value",
 * "gradient of b"; place: "[1,2]", or "". */
void judge_number(const char *what, const char *place, double yours, double right);

/* A tensor of the reader's against numbers in row-major order; NULL, another shape and another
 * dtype than float64 are wrong, with the tape's message if it has one. */
void judge_tensor(const char *what, gd_tape *tape, const gd_tensor *yours, int ndim,
                  const int64_t *shape, const double *right);

/* Random numbers: in [low, high), and with a magnitude in [0.5, 1.5) and any sign. */
double judge_uniform(gd_rng *rng, double low, double high);
double judge_sign(gd_rng *rng);
/* float64, yours to destroy, requires a gradient: in [low, high). */
gd_tensor *judge_draw(gd_rng *rng, double low, double high, int ndim, const int64_t *shape);

/* A function of the reader's beside a reference in plain C, which writes the result's elements. */
typedef struct judged {
    gd_function yours;
    void (*reference)(gd_tensor *const *inputs, void *context, double *out);
    void *context; /* given to both */
    gd_tensor *inputs[4];
    const char *names[4]; /* of inputs; NULL: its gradient is not asked for */
    int n, ndim;          /* of inputs; of the result */
    int64_t shape[GD_MAX_DIMS];
} judged;

/* The value against the reference, and the gradient of every named input, from a random upstream
 * gradient without zeros, against central differences of the reference. */
void judge_function(const judged *j, gd_rng *rng);

#endif
