/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_NN_H
#define TESTS_NN_H

int changes_tests(void);
int halfway_tests(void);
int memory_tests(void);
int modules_tests(void);
int norms_tests(void);
int optimizers_tests(void);
int layers_tests(void);
int lbfgs_tests(void);
int schedules_tests(void);
int state_tests(void);
int resume_tests(void);
int threads_tests(void);
int pools_tests(void);

#endif
