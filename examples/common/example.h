/* What examples share. Those that train on a file: NAME [--seed N] [--epochs N] [--quiet]
 * [FILE]. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <gradus/autograd.h>
#include <gradus/data.h>
#include <gradus/trace.h>

#include <stdbool.h>
#include <stdint.h>

/* An option that one example alone has: a flag, or a value that follows it. */
typedef struct example_option {
    const char *name, *help;
    bool *flag;        /* becomes true; or NULL */
    double *share;     /* becomes a number from 0 to below 1; or NULL */
    int *count;        /* becomes a number from 1 on; or NULL */
    const char **text; /* becomes the text; or NULL */
} example_option;

typedef struct example_options {
    uint64_t seed;             /* default 0 */
    int epochs;                /* default: as set before the call */
    bool quiet;                /* only the closing line */
    const char *file;          /* default: as set before the call */
    const example_option *own; /* ends with one whose name is NULL; NULL: none */
    const char *see_also;      /* the last line of the usage; NULL: none */
} example_options;

/* Reads the command line; a wrong one, or --help, ends the program with the usage. */
void example_parse(example_options *options, int argc, char **argv);

/* Shows how far training has come, on stderr: one line that is written over on a terminal, ten
 * lines elsewhere. */
void example_progress(const example_options *options, int epoch, double loss);

/* Writes a trace of the tape, and of how the parameters change, to the file that the environment
 * variable GRADUS_TRACE names, if there is one: GRADUS_TRACE=run.trace build/examples/.. The trace
 * is of the first tape that a program gives, until example_trace_end, which must come before the
 * tape and the parameters are destroyed. program: __FILE__. parameters may be NULL. */
void example_trace(const char *program, gd_tape *tape, gd_parameters *parameters);
void example_trace_end(void);

/* Ends the program with one line on stderr and status 1. */
_Noreturn void example_fail(const char *message);

/* example_fail unless ok. */
void example_check(bool ok, const char *message);

/* The result, unless it is NULL: then example_fail with what the library says. */
void *example_must(void *result);

/* Rows for training or for testing: measurements x [N,D] and what is to be predicted, y: classes
 * [N], int64, unless the example says otherwise. */
typedef struct example_part {
    gd_tensor *x, *y;
} example_part;

/* How many different texts the last column has: classes. */
int64_t example_classes(const gd_table *table);

/* Shares the rows of a table out at random: of each class, the text in its last column, a fifth
 * is for testing. The other columns are numbers, x. Both parts are yours; or example_fail. */
void example_split(gd_table *table, gd_dtype dtype, uint64_t seed, example_part *train,
                   example_part *test);

/* Puts both parts on the scale of the training rows: there each column has mean 0 and deviation
 * 1. */
void example_standardize(example_part *train, example_part *test);

void example_part_destroy(example_part *part);

/* All rows of a CSV file: x [N,count], its first columns, standardised; y [N], the number of the
 * class in its last column. Both float64 and yours; or example_fail. */
void example_load(const char *file, int count, gd_tensor **x, gd_tensor **y);

/* The largest |a - b| of the elements of two contiguous float64 tensors of one shape; NaN where
 * one is. */
double example_difference(const gd_tensor *a, const gd_tensor *b);

/* The share of rows whose largest score, of scores [N,C], is that of their class, of y [N]
 * int64. */
double example_accuracy(gd_tape *tape, gd_tensor *scores, gd_tensor *y);

double example_seconds(void); /* since some moment; for differences */

#endif
