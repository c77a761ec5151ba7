/* The groups of this program; each returns how many of its tests failed. */
#ifndef TESTS_TENSOR_H
#define TESTS_TENSOR_H

int tensor_tests(void);
int view_tests(void);
int pool_tests(void);
int random_tests(void);
int format_tests(void);
int npy_tests(void);
int npy_refused_tests(void);
int npy_save_tests(void);
int safetensors_tests(void);
int safetensors_refused_tests(void);
int safetensors_memory_tests(void);
int safetensors_save_tests(void);

#endif
