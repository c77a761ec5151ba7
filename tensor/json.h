/* The JSON of a .safetensors header: objects, strings, whole numbers. It is read in place, from front to back,
 * without any memory but the text itself, and an error says where it is and to what it belongs. */
#ifndef GRADUS_TENSOR_JSON_H
#define GRADUS_TENSOR_JSON_H

#include "tensor/internal.h"

typedef struct gd__json {
    const char *path;
    size_t start;      /* of the text in the file: messages count bytes from the file's beginning */
    char *text;        /* [size], and a 0 behind it */
    size_t size, at;   /* at: what comes next */
    const char *entry; /* what is being read, for messages; NULL: nothing in particular */
} gd__json;

/* False, with the message "path: byte 12: entry "weight": `expected` is expected, found ..". */
bool gd__json_expected(const gd__json *json, const char *expected);

/* Moves past white space and past c, which must be what comes then. */
bool gd__json_expect(gd__json *json, char c);

/* Whether there is nothing but white space behind. */
bool gd__json_is_at_end(gd__json *json);

/* Whether an object or a list that ends with `close` has another item, n of which have been read. *ok becomes
 * false, with a message, where neither an item nor the end can be found. */
bool gd__json_another(gd__json *json, int n, char close, bool *ok);

/* The string that comes next, closed by a 0, in the text's own memory; a NUL in it is refused. *text is there
 * even on failure, as far as it could be read, so that it may be json->entry. */
bool gd__json_string(gd__json *json, const char **text);

/* Digits, below 2^63. */
bool gd__json_whole(gd__json *json, int64_t *value);

/* ---- for writing, and for messages ---- */

bool gd__is_utf8(const char *text);

/* `text` in quotes, as JSON, which nothing in it can break out of; bytes that are not UTF-8 become \xNN, which
 * is for messages only. Like snprintf: writes as many whole characters as there is room for, and a 0; returns
 * the length of all. */
size_t gd__json_quote(char *to, size_t size, const char *text);

/* The same for a message, which needs room for other things: "...", in the end, where it does not fit. */
enum { GD__SHOWN = 128 };
const char *gd__shown(char buffer[GD__SHOWN], const char *text);

#endif
