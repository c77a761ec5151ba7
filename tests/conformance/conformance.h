/* What the two forms of cases share. A case is run on a tape, in one float dtype. */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <gradus.h>
#include <jansson.h>

typedef enum outcome { PASSED, FAILED, SKIPPED } outcome;

typedef struct trial {
    gd_tape *tape;
    const json_t *c;        /* the case */
    const char *float_name; /* float dtype of the case's first input, which becomes `dtype`; another
                               float dtype becomes the other one, so that a mixture stays one */
    gd_dtype dtype;
} trial;

outcome run_class_loss(trial t); /* a case with `input` */
outcome run_other_loss(trial t); /* a case with `inputs` */

/* ---- reading */

/* Ends the program: the case does not have the form. */
void malformed(const json_t *c, const char *what);

/* "" where there is no string. */
const char *string_at(const json_t *object, const char *key);
bool is_given(const json_t *value); /* neither missing nor null */
bool has_tag(const json_t *c, const char *tag);
double number_of(const json_t *c, const json_t *value);
gd_optional optional_at(const trial *t, const json_t *object, const char *key);
gd_reduction reduction_of(const json_t *object);

/* A tensor on the tape; NULL where the value is null. */
gd_tensor *read_tensor(const trial *t, const json_t *value);

/* ---- comparing: what differs is printed */

bool fail(const trial *t, const char *what);

/* x against the tensor that is required; true where that is null. */
bool compare(const trial *t, const char *what, const json_t *wanted, gd_tensor *x);

/* What the case's `ideal` holds under this key instead, unless that is null. */
const json_t *ideal_or(const trial *t, const char *key, const json_t *value);

/* Whether the call, whose result is `out`, was refused as the case's `error` says. */
bool is_refused(const trial *t, const char *function, const gd_tensor *out);

/* A gradient that is required: where it stands in the case, and of which tensor. */
typedef struct wanted_gradient {
    const char *what;
    const json_t *value;
    gd_tensor *x;
} wanted_gradient;

enum { MOST_GRADIENTS = 4 };

/* The gradients of out, with the case's `grad_out` coming in. */
bool compare_gradients(const trial *t, gd_tensor *out, int n, const wanted_gradient *wanted);

#endif
