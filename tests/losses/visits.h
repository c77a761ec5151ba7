/* Calls of every loss of the table, as its cases have them, for what all must hold. */
#ifndef TESTS_LOSSES_VISITS_H
#define TESTS_LOSSES_VISITS_H

#include "table.h"

/* Visits each case of a loss with a reduction: its call in float64, whose tensors the visitor may
 * change, on a tape of its own; and again with recorded gradients. Fails where the visitor
 * complained. */
void each_call(void (*visit)(const loss_row *row, loss_call *call));

/* All complaints are shown. */
void complain(const loss_case *c, const char *what);

/* Some call served the test; every row must have one. */
void count_check(const loss_row *row);
void require_check_of_each(void);

/* What is tried where no value should count. */
enum { SPECIALS = 3 };
extern const double specials[SPECIALS];

/* Elements of contiguous tensors, in row-major order; a class becomes 999. */
void set(gd_tensor *x, int64_t i, double value);
void fill(gd_tensor *x, double value);
bool is_all(const gd_tensor *x, double value);

/* The call's tensor, or NULL; an upstream gradient of ones. */
gd_tensor *named(const loss_call *call, const char *name);
gd_tensor *upstream(const loss_call *call, const gd_tensor *out);

#endif
