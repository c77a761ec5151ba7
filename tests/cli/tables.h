/* Tables and models that several tests use. All follow from nothing but their arguments. */
#ifndef TESTS_CLI_TABLES_H
#define TESTS_CLI_TABLES_H

#include <jansson.h>

/* x1, x2: numbers; c: red, green or blue, or missing in every tenth row; y: yes in about a
 * quarter of the rows, more likely where x1 + x2 is large. */
void write_two_classes(const char *name, int rows);

/* id: r0, r1, ..; x1, x2; labels a, b, "c, d", which follow from them, each unknown in a third of
 * the rows. */
void write_labels(const char *name, int rows);

/* x; y = 3 x + 1 and noise. */
void write_numbers(const char *name, int rows);

/* A model that says the columns x0, x1, .. of a table as logits, or of numbers as they are.
 * outputs: how many; target: its JSON, as in a model's file. */
void write_model(const char *path, int outputs, const char *target);

/* Runs the line, which must end with code 0 and with one line on standard output, a JSON object;
 * yours to json_decref. */
json_t *run_json(const char *line);

/* A number of the object; fails where it is none. */
double number_at(const json_t *object, const char *key);

#endif
