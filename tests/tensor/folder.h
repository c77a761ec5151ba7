/* Files of a test, in a folder of their own. */
#ifndef TESTS_TENSOR_FOLDER_H
#define TESTS_TENSOR_FOLDER_H

#include <stddef.h>

enum { MOST = 1 << 15 }; /* bytes of a file that is read */

/* Of a group: into a new folder, and back when it holds no file but "t.npy" and "t.safetensors";
 * not 0: it could not. */
int enter_folder(void **state);
int leave_folder(void **state);

void write_file(const char *path, const void *bytes, size_t length);
size_t read_file(const char *path, char bytes[MOST]); /* how many */
void copy_file(const char *from, const char *to);
void assert_same_file(const char *path, const char *expected);
int count_files(void);       /* names in the folder */
int lowest_descriptor(void); /* the next file's: the same again where nothing was left open */

/* gd_message() is this. */
void assert_message(const char *expected);

/* The process can write no file that is longer, until (size_t)-1; the signal that says so is
 * ignored. */
void limit_files(size_t bytes);

#endif
