/* Cases of tests/fixtures/losses.txt, whose script describes the form, and of exact_losses.txt: a
 * loss with named tensors and options, its value and its gradients. */
#ifndef TESTS_LOSSES_CASES_H
#define TESTS_LOSSES_CASES_H

#include <gradus.h>

enum { MOST_TENSORS = 6, MOST_OPTIONS = 8 };

typedef struct named_number {
    char name[24];
    double value;
} named_number;

typedef struct named_tensor {
    char name[16];
    gd_tensor *x, *grad; /* grad: expected; NULL: there is none */
} named_tensor;

typedef struct loss_case {
    char loss[48];
    named_number options[MOST_OPTIONS];
    int n_options;
    named_tensor tensors[MOST_TENSORS];
    int n_tensors;
    gd_tensor *dy, *out;
    bool normwise, kink;
    double terms;
    char regime[24]; /* at=.. */
    int line;        /* of the file */
} loss_case;

/* Reads losses.txt, or another file of that form, and passes each case to `visit`; its tensors
 * live until that returns. */
void each_case(void (*visit)(const loss_case *c));
void each_case_of(const char *file, void (*visit)(const loss_case *c));

/* The option, or not given; the tensor's place, or -1. */
gd_optional option_of(const loss_case *c, const char *name);
int tensor_of(const loss_case *c, const char *name);

#endif
