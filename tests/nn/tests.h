/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_NN_H
#define TESTS_NN_H

int optimizers_tests(void);

#endif
