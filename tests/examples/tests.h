/* What the files of this program share. */
#ifndef TESTS_EXAMPLES_H
#define TESTS_EXAMPLES_H

#include "../cmocka_all.h"

#include <stddef.h>

/* In lines for sh, where $PATH has the examples: the folder examples/data/, whatever letters its
 * path has. */
#define SH_DATA "\"$DATA\""

/* Runs a command of the shell; its stdout in output, its exit status returned. */
int run(const char *command, char *output, size_t size);

/* The number that follows the first `key` of the text. */
double number_after(const char *text, const char *key);

/* What `program arguments` says on stderr, and its status; one line where that is 1. */
void assert_fails(const char *program, const char *arguments, int status, const char *message);

/* Each returns how many of its tests failed. */
int fashion_tests(void);
int training_tests(void);
int multilabel_tests(void);

#endif
