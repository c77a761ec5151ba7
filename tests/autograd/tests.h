/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_AUTOGRAD_H
#define TESTS_AUTOGRAD_H

int generated_tests(void);
int descriptions_tests(void);
int gradcheck_tests(void);
int tape_tests(void);
int backward_tests(void);
int anomaly_tests(void);
int anomaly_gradients_tests(void);
int values_tests(void);
int memory_tests(void);
int threads_tests(void);
int pools_tests(void);
int fixtures_tests(void);
int user_ops_tests(void);
int extremes_tests(void);
int marks_tests(void);
int limits_tests(void);
int observe_tests(void);

#endif
