/* The groups of this program; each returns how many of its tests failed. And what they share. */
#ifndef TESTS_DATA_H
#define TESTS_DATA_H

#include <gradus/data.h>

int arff_tests(void);
int fasttext_tests(void);
int libsvm_tests(void);
int csv_tests(void);
int encoder_fit_tests(void);
int encoder_apply_tests(void);
int encoder_json_tests(void);
int json_tests(void);
int idx_tests(void);
int locale_tests(void);
int rows_tests(void);
int folds_tests(void);
int loader_tests(void);
int matrices_tests(void);
int select_tests(void);
int source_tests(void);
int guesses_tests(void);
int proportion_tests(void);
int round_trip_tests(void);
int round_trip_generated_tests(void);
int table_tests(void);
int written_tests(void);

/* Of a group: into a new folder, and back when it holds no file but "t" and "t.csv"; not 0: it
 * could not. */
int enter_folder(void **state);
int leave_folder(void **state);

void write_file(const char *path, const void *bytes, size_t size);
size_t read_whole_file(const char *path, char *bytes, size_t room);

/* A file "t" with these bytes as a table; NULL: it is refused. */
gd_table *read_table(const void *bytes, size_t size);

/* Both have the same rows and columns, kinds, missing cells, numbers and texts (which may be
 * spelt differently, 1 and 1.0, if a column is of numbers); and the same names. */
void assert_same_cells(const gd_table *table, const gd_table *expected);
void assert_same_table(const gd_table *table, const gd_table *expected);

/* The file of tests/fixtures/formats, and that it holds the table that another library has read
 * in it. */
void assert_fixture(const char *name, const char *csv);

/* What the table is as CSV with its names; and the names of its default targets, each with a
 * blank behind it. */
void assert_table(const gd_table *table, const char *csv);
void assert_targets(const gd_table *table, const char *names);

/* The file, every beginning of it, and it with any one byte changed, are read or refused with a
 * message, and nothing is left. */
void read_broken(const void *bytes, size_t size);

/* The file, whichever allocation fails. */
void read_without_memory(const void *bytes, size_t size);

/* Writes t.csv and reads it. */
gd_table *read_text(const char *text, const gd_table_options *options);

/* From now on the k-th allocation fails, k from 1; until gd_set_allocator(NULL, NULL). */
void fail_allocation(long k);
bool allocation_failed(void); /* since then */
long allocations_live(void);

#endif
