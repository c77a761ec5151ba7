/* What the tests of anomaly mode share. */
#ifndef TESTS_AUTOGRAD_ANOMALY_HELP_H
#define TESTS_AUTOGRAD_ANOMALY_HELP_H

#include <gradus.h>

/* Of a test: *state is a tape in anomaly mode. */
int anomaly_setup(void **state);
int anomaly_teardown(void **state);

/* The tape's error is this one, of a call in a line of a file. */
void assert_anomaly_at(const gd_tape *tape, const char *file, int line, const char *text);

gd_tensor *vector(gd_tape *t, gd_dtype dtype, double a, double b);
gd_tensor *leaf(gd_tape *t, gd_dtype dtype, double a, double b); /* of the tape */
gd_tensor *sum(gd_tape *t, gd_tensor *x);

/* y = sqrt x, its gradient dy / 2 y: an infinity at 0, where the value is none. */
extern const gd_op root;

#endif
