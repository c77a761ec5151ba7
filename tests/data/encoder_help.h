/* What the tests of encoders share. */
#ifndef TESTS_DATA_ENCODER_HELP_H
#define TESTS_DATA_ENCODER_HELP_H

#include <gradus/data.h>

enum { MOST_COLUMNS = 16 };
extern const bool all_columns[MOST_COLUMNS]; /* true */

/* The CSV file t.csv with this text; the test fails where it is refused. */
gd_table *must_read(const char *text);

/* What is learnt from all columns and rows of such a table. */
gd_encoder *fit(const char *text, const gd_encoder_options *options);

/* The rows whose number is no multiple of 4. */
gd_tensor *training_rows(int64_t all_rows);

/* The features' names, joined by |, and all notes. */
void assert_features(const gd_encoder *encoder, const char *expected);
void assert_notes(const gd_encoder *encoder, int64_t count, const char *const *expected);

/* What the encoder makes of a table with this text, [rows, width]; or why it does not. */
void assert_applied(const gd_encoder *encoder, const char *text, int64_t rows,
                    const float *expected, int64_t expected_unknown);
void assert_not_applied(const gd_encoder *encoder, const char *text, const char *message);

#endif
