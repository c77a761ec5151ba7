/* Running the command as a user does: lines for sh, in a folder of their own, with the built
 * `gradus` in the PATH. */
#ifndef TESTS_CLI_RUN_H
#define TESTS_CLI_RUN_H

#include "../cmocka_all.h"

#include <stdbool.h>

typedef struct outcome {
    int code; /* as the shell counts it: 128 and the signal's number where one ended it */
    const char *out, *err; /* what came on standard output and standard error */
} outcome;

/* In lines for sh: the folders tests/, examples/data/ and build/, whatever letters their paths
 * have. */
#define SH_TESTS "\"$TESTS\""
#define SH_DATA  "\"$DATA\""
#define SH_BUILD "\"$BUILD\""

/* For cmocka_run_group_tests: enters an empty folder; removes it. */
int enter_folder(void **state);
int leave_folder(void **state);

/* What it returns is valid until the next call. */
__attribute__((format(printf, 1, 2))) outcome run(const char *format, ...);

/* A file in the folder. */
void write_file(const char *name, const char *text);
const char *read_file(const char *name); /* valid until the next call; "" where there is none */
bool file_exists(const char *name);

/* For functions of cli/ that are called by the test itself: standard error from the first call to
 * the second. */
void keep_stderr(void);
const char *kept_stderr(void); /* valid until the next keep_stderr */

/* Whether OpenBLAS has taken its buffers before any command begins, as newer versions do. */
bool takes_buffers_at_load(void);

void assert_says(const char *text, const char *part);

/* The line ends with this code and with this on standard error, and nothing on standard output. */
void assert_fails(int code, const char *line, const char *message);

#endif
