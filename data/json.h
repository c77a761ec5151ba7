/* JSON: the one reader and writer of the project.
 *
 *     gd__json *json = gd__json_object();
 *     gd__json_set(json, "name", gd__json_string(name));
 *     gd__json_set(json, "mean", gd__json_real(mean));
 *     char *text = gd__json_text(json, false);    // the one place to check
 *     gd__json_destroy(json);
 *     if (text == NULL)
 *         return gd__fail_..;                     // gd_message() says why
 *
 * Failures stick. A value that could not be made is NULL; whatever was to hold it has failed, and
 * so has all that holds that; a value that has failed has no text. So a document is built without
 * a look back, and is checked once, before anything is written. */
#ifndef GRADUS_DATA_JSON_H
#define GRADUS_DATA_JSON_H

#include "tensor/json_string.h"
#include "tensor/text.h"

/* ---- values ---- */

typedef enum gd__json_kind {
    GD__JSON_NULL,
    GD__JSON_BOOLEAN,
    GD__JSON_INTEGER,
    GD__JSON_REAL,
    GD__JSON_STRING,
    GD__JSON_ARRAY,
    GD__JSON_OBJECT
} gd__json_kind;

typedef struct gd__json gd__json;

/* New values, the caller's. NULL: no memory. A text that is not UTF-8 and a real that is not
 * finite have failed. */
gd__json *gd__json_null(void);
gd__json *gd__json_boolean(bool value);
gd__json *gd__json_integer(int64_t value);
gd__json *gd__json_real(double value);
gd__json *gd__json_string(const char *text);
gd__json *gd__json_array(void);
gd__json *gd__json_object(void);
gd__json *gd__json_copy(const gd__json *value); /* of NULL: NULL */
void gd__json_destroy(gd__json *value);         /* NULL is allowed */

/* Adds a value, which is taken over whatever happens, to an array's end or under a key, in the
 * place of what was there. The container has failed afterwards if the value is NULL or has failed,
 * or there is no memory. */
void gd__json_append(gd__json *array, gd__json *value);
void gd__json_set(gd__json *object, const char *key, gd__json *value);

/* GD_OK, or why the value or anything in it has failed, with a message. */
gd_status gd__json_check(const gd__json *value);

/* ---- looking at values: NULL is no value and holds nothing ---- */

bool gd__json_is(const gd__json *value, gd__json_kind kind);
bool gd__json_is_number(const gd__json *value); /* integer or real */
bool gd__json_is_true(const gd__json *value);

size_t gd__json_size(const gd__json *container); /* items, members; else 0 */
gd__json *gd__json_at(const gd__json *container,
                      size_t i); /* in the order of adding; NULL: the end */
const char *gd__json_key(const gd__json *object, size_t i);      /* of member i */
gd__json *gd__json_get(const gd__json *object, const char *key); /* NULL: there is none */
const char *gd__json_string_of(const gd__json *value);           /* NULL: it is no string */
const char *gd__json_string_at(const gd__json *object, const char *key);
int64_t gd__json_integer_of(const gd__json *value); /* 0: it is no integer */
int64_t gd__json_integer_at(const gd__json *object, const char *key);
double gd__json_number_of(const gd__json *value);                   /* 0: it is no number */
double gd__json_number_at(const gd__json *object, const char *key); /* NaN: there is none */

/* ---- text ---- */

/* The value's text. Compact, or with a blank behind commas and colons. Numbers are the shortest
 * that read back exactly; what controls a terminal is escaped. NULL, with a message: it has
 * failed, no memory. */
char *gd__json_text(const gd__json *value, bool spaced);
void gd__json_text_destroy(char *text);

/* The value of a text [size], which is an array or an object, to 100 levels deep, with no key
 * twice in an object, whole numbers that int64 holds and others that double holds. NULL, with the
 * message "name: byte 12: .. is expected, found ..": what fits is refused and nothing else; or no
 * memory. */
gd__json *gd__json_parse(const char *name, const char *text, size_t size);

#endif
