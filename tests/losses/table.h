/* The table of losses: one row for each public function of losses/losses.h and for log_softmax,
 * with what the tests of all losses must know. A function without a row fails tests/structure.sh;
 * a row without a value and gradients in tests/fixtures/losses.txt fails the tests of fixtures. */
#ifndef TESTS_LOSSES_TABLE_H
#define TESTS_LOSSES_TABLE_H

#include "cases.h"

/* A call: the case's options, its tensors on a tape (in the case's order; NULL: left out), and the
 * options that every loss has. */
typedef struct loss_call {
    gd_tape *tape;
    loss_case c;
    gd_tensor *x[MOST_TENSORS];
    gd_loss_options common;
    bool recorded; /* gradients are made by the rules in ops, that can be differentiated again */
} loss_call;

typedef gd_tensor *loss_caller(const loss_call *call);

typedef enum loss_kind {
    EACH,   /* a loss for each element */
    ROWS,   /* a loss for each row or position */
    LABELS, /* a loss for each row, whose mask is of the elements */
    PLAIN   /* no loss: it has no reduction */
} loss_kind;

enum { MOST_REFUSED = 8 };

typedef struct loss_row {
    const char *name;
    loss_caller *call;
    loss_kind kind;
    bool is_node;    /* one op: 1 ULP, and zero upstream gradients silence NaN */
    bool of_classes; /* `weight` holds a number for each class */
    int required;    /* so many of a case's tensors may not be NULL */
    /* Values that are refused: of a tensor, or of an option. NaN in a target or weight always is.
     * */
    struct {
        const char *name;
        double value;
    } refused[MOST_REFUSED];
} loss_row;

extern const loss_row loss_table[];
extern const int loss_rows;

const loss_row *row_of(const char *name);
void each_row(void (*visit)(const loss_row *row));

/* The case's call with the options that it has. requires_grad is set where a gradient is
 * expected. */
loss_call call_of(gd_tape *tape, const loss_case *c, gd_dtype dtype, bool scattered);

/* The gradient of `out` with respect to tensor k; fails the test where it cannot be had. */
gd_tensor *gradient_of(const loss_call *call, gd_tensor *out, int k, gd_tensor *upstream);

/* The result; fails the test if the call is refused. */
gd_tensor *called(const loss_row *row, const loss_call *call);

#endif
