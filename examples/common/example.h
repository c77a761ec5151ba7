/* What examples share. Those that train on a file: NAME [--seed N] [--epochs N] [--quiet] [FILE]. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <gradus/tensor.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct example_options {
    uint64_t seed;    /* default 0 */
    int epochs;       /* default: as set before the call */
    bool quiet;       /* only the closing line */
    const char *file; /* default: as set before the call, a file of examples/data/ */
} example_options;

/* Reads the command line; a wrong one, or --help, ends the program with the usage. */
void example_parse(example_options *options, int argc, char **argv);

/* Shows how far training has come, on stderr: one line that is written over on a terminal, ten
 * lines elsewhere. */
void example_progress(const example_options *options, int epoch, double loss);

/* Ends the program with one line on stderr and status 1. */
_Noreturn void example_fail(const char *message);

/* example_fail unless ok. */
void example_check(bool ok, const char *message);

/* All rows of a CSV file: x [N,count], its first columns, standardised; y [N], the number of the
 * class in its last column. Both float64 and yours; or example_fail. */
void example_load(const char *file, int count, gd_tensor **x, gd_tensor **y);

double example_seconds(void); /* since some moment; for differences */

#endif
