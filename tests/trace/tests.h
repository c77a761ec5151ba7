/* The tests of each file. */
#ifndef TESTS_TRACE_TESTS_H
#define TESTS_TRACE_TESTS_H

int read_tests(void);
int read_refused_tests(void);
int replay_tests(void);
int write_tests(void);
int write_limits_tests(void);
int prove_tests(void);
int layers_tests(void);
int memory_tests(void);
int random_tests(void);
int programs_tests(void);
int formulas_tests(void);
int explain_tests(void);
int story_tests(void);
int mutants_tests(void);
int replay_ops_tests(void);

#endif
