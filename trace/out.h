/* Text that is going to be a trace: it grows, and has the pieces of JSON. */
#ifndef GRADUS_TRACE_OUT_H
#define GRADUS_TRACE_OUT_H

#include <gradus/tensor.h>

/* Zeros are an empty text. Where there is no memory nothing is added any more. */
typedef struct gd__out {
    char *text;
    size_t length, capacity;
    bool failed;
} gd__out;

void gd__out_free(gd__out *out);
void gd__out_put(gd__out *out, const char *bytes, size_t n);
void gd__out_text(gd__out *out, const char *text);
void gd__out_integer(gd__out *out, int64_t value);

/* A float of 32 bits (`single`) or a double in as few digits as read back to the same bits, in any
 * locale; "nan", "inf" and "-inf" in quotes. */
void gd__out_real(gd__out *out, double value, bool single);

/* n bytes as a string; what is not UTF-8 becomes U+FFFD. */
void gd__out_string(gd__out *out, const char *bytes, size_t n);

/* ,"name":"a" */
void gd__out_member(gd__out *out, const char *key, const char *text);

/* [2,3], of n numbers. */
void gd__out_list(gd__out *out, int n, const int64_t *numbers);

#endif
