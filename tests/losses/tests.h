/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_LOSSES_H
#define TESTS_LOSSES_H

int accuracy_tests(void);
int end_tests(void);
int every_refusal_tests(void);
int exact_tests(void);
int expression_tests(void);
int fixture_tests(void);
int memory_tests(void);
int out_of_memory_tests(void);
int own_tests(void);
int policy_tests(void);
int pools_tests(void);
int refusal_tests(void);
int seed_tests(void);
int corner_tests(void);
int through_tests(void);
int zero_tests(void);

#endif
