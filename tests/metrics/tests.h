/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_METRICS_H
#define TESTS_METRICS_H

int fixtures_tests(void);
int metric_tests(void);
int memory_tests(void);

#endif
