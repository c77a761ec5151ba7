/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_DATA_H
#define TESTS_DATA_H

int csv_tests(void);
int rows_tests(void);

#endif
