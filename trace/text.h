/* Texts that grow, and numbers in them. */
#ifndef GRADUS_TRACE_TEXT_H
#define GRADUS_TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* gd__string_free when done. failed: there was no memory, and the text is incomplete. */
typedef struct gd__string {
    char *text; /* ends in a 0; NULL: empty */
    size_t length, room;
    bool failed;
} gd__string;

void gd__string_add(gd__string *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void gd__string_put(gd__string *t, const char *bytes, size_t n);
void gd__string_insert(gd__string *t, size_t at, const char *what);
void gd__string_remove(gd__string *t, size_t at);  /* one byte */
void gd__string_cut(gd__string *t, size_t length); /* all that is behind goes */
void gd__string_free(gd__string *t);

enum { GD__SHORT = 32 };
/* A number with at most 6 digits, in any locale: "0.333333". */
const char *gd__short_number(double value, char buffer[GD__SHORT]);

/* "[1,2]" for element 5 of a [2,3]; "" for a scalar. */
enum { GD__INDEX = 200 };
const char *gd__index_text(int64_t element, int ndim, const int64_t *shape, char buffer[GD__INDEX]);

#endif
