/* Printing for the programs of the book: few digits, the same on every processor. */
#ifndef BOOK_SHOW_H
#define BOOK_SHOW_H

#include <gradus/tensor.h>

/* Prints name, then the elements of x (float or integer, up to two dimensions), a row on a line.
 * NULL ends the program with what the library says. */
void show(const char *name, const gd_tensor *x);

/* Ends the program with `message`, unless ok. */
void must(bool ok, const char *message);

#endif
