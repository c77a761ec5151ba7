/* Cases of tests/fixtures/ops.txt, and who is called for them. */
#ifndef GRADUS_TESTS_FIXTURES_H
#define GRADUS_TESTS_FIXTURES_H

#include "../operands.h"

enum { MOST_ARGUMENTS = 8 };

/* A call of the file. Expected values are float64, int64 or bool. */
typedef struct fixture {
    char name[32];
    double arguments[MOST_ARGUMENTS];
    int64_t whole[MOST_ARGUMENTS]; /* the same, as far as they are integers */
    int n_arguments;
    gd_tensor *operand[MOST_OPERANDS], *gradient[MOST_OPERANDS], *dy, *out;
    int n;
    bool normwise;
    bool only_float64; /* its operands are none of float32 */
} fixture;

typedef gd_tensor *caller(gd_tape *t, const fixture *f, gd_tensor *const *x);

/* By the name in the file; NULL ends a table. */
typedef struct named_caller {
    const char *name;
    caller *call;
} named_caller;
extern const named_caller op_callers[];

#endif
