/* Reading structured text from front to back, with messages that name the byte: for JSON and for
 * the headers of files. */
#ifndef GRADUS_TENSOR_SCAN_H
#define GRADUS_TENSOR_SCAN_H

#include "tensor/internal.h"

typedef struct gd__scanner {
    const char *path;
    const char *whole;  /* what the text is, for messages: "header" */
    const char *blanks; /* characters that may stand between others */
    size_t start;      /* of the text in the file: messages count bytes from the file's beginning */
    char *text;        /* [size], and a 0 behind it */
    size_t size, at;   /* at: what comes next */
    const char *entry; /* what is being read, for messages; NULL: nothing in particular */
} gd__scanner;

/* False, with the message "path: byte 12: entry "weight": `expected` is expected, found 'x'"; x is
 * what comes next or, where that has been overwritten, `found`. */
bool gd__scan_expected(const gd__scanner *s, const char *expected);
bool gd__scan_found(const gd__scanner *s, const char *expected, char found);

/* False, with the message "path: byte 12: entry "weight": `problem`: .." and the text from `from`
 * to what comes next. */
bool gd__scan_fail(const gd__scanner *s, size_t from, const char *problem);

/* Moves past blanks. */
void gd__scan_blanks(gd__scanner *s);

/* Moves past blanks and past c, if that is what comes then. */
bool gd__scan_accept(gd__scanner *s, char c);

/* The same where nothing else may come: false with a message. */
bool gd__scan_expect(gd__scanner *s, char c);

/* Whether there is nothing but blanks behind; otherwise false with a message. */
bool gd__scan_end(gd__scanner *s);

/* Whether a list that ends with `close` has another item, of which n have been read. *ok becomes
 * false, with a message, where neither an item nor the end can be found. */
bool gd__scan_another(gd__scanner *s, int64_t n, char close, bool *ok);

/* Digits that make a number below 2^63. */
bool gd__scan_whole(gd__scanner *s, int64_t *value);

#endif
