/* Pieces of JSON, added to a text that is going to be a trace. */
#ifndef GRADUS_TRACE_OUT_H
#define GRADUS_TRACE_OUT_H

#include "trace/text.h"

void gd__out_text(gd__string *out, const char *text);
void gd__out_integer(gd__string *out, int64_t value);

/* A float of 32 bits (`single`) or a double in as few digits as read back to the same bits, in any
 * locale; "nan", "inf" and "-inf" in quotes. */
void gd__out_real(gd__string *out, double value, bool single);

/* n bytes as a string; what is not UTF-8 becomes U+FFFD. */
void gd__out_string(gd__string *out, const char *bytes, size_t n);

/* ,"name":"a" */
void gd__out_member(gd__string *out, const char *key, const char *text);

/* [2,3], of n numbers. */
void gd__out_list(gd__string *out, int n, const int64_t *numbers);

#endif
