/* The groups of this program; each returns how many of its tests failed. And what they share. */
#ifndef TESTS_DATA_H
#define TESTS_DATA_H

#include <gradus/data.h>

int csv_tests(void);
int encoder_tests(void);
int idx_tests(void);
int locale_tests(void);
int rows_tests(void);
int folds_tests(void);
int loader_tests(void);
int select_tests(void);
int source_tests(void);
int table_tests(void);

/* Goes to a new folder, and back when it holds no file but `file`, or none; not 0: it could not. */
int enter_folder(const char *file);
int leave_folder(void);

void write_file(const char *path, const void *bytes, size_t size);

/* Writes t.csv and reads it. */
gd_table *read_text(const char *text, const gd_table_options *options);

/* From now on the k-th allocation fails, k from 1; until gd_set_allocator(NULL, NULL). */
void fail_allocation(long k);
bool allocation_failed(void); /* since then */
long allocations_live(void);

#endif
