/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_METRICS_H
#define TESTS_METRICS_H

#include <gradus.h>

int fixtures_tests(void);
int metric_tests(void);
int refusal_tests(void);
int memory_tests(void);

/* A group's tape, on which its operands are. */
extern gd_tape *tape;
int begin(void **state);
int end(void **state);

gd_tensor *classes(int64_t n, int64_t odd); /* [n] of zeros, the last one `odd` */
gd_tensor *floats(double odd);              /* [2,3] of zeros, the last one `odd` */

#endif
