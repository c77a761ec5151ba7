/* What the files of this program share. */
#ifndef TESTS_FIT_H
#define TESTS_FIT_H

#include "../cmocka_all.h"

#include <gradus.h>

/* A new folder becomes the working one, with small tables in it; and is removed. */
int enter_folder(void **state);
int leave_folder(void **state);

/* binary.csv, classes.csv, labels.csv, numbers.csv, of 60 rows each. */
extern const char *const table_names[4];

/* A table that is there. */
gd_table *must_read(const char *path);

/* A model of the table; fails the test where there is none. */
gd_model *must_fit(const char *path, const gd_fit_options *options);

/* gd_fit fails with this status and a message that has these words, and there is no model. */
void assert_refused(const char *path, const gd_fit_options *options, gd_status status,
                    const char *words);

void write_file(const char *path, const char *text);

/* Whether two files have the same bytes. */
bool are_same(const char *a, const char *b);

/* Each returns how many of its tests failed. */
int fit_tests(void);
int refusal_tests(void);
int model_tests(void);
int training_tests(void);
int score_tests(void);
int stop_tests(void);
int thread_tests(void);
int memory_tests(void);

#endif
