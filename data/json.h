/* gradus/json.h - JSON values: building, reading and writing them.
 *
 * Purpose    The metadata of models, gd_model_describe, training logs, traces and all --json output
 *            of the command are JSON. This header builds such values, writes them as text, and
 *            parses text into values.
 * Ownership  A function below that makes a value returns one that is yours: gd_json_destroy.
 *            gd_json_append and gd_json_set take a value over, even if they fail. Values, keys and
 *            strings that are looked up belong to their container.
 * Errors     Failures stick. A value that cannot be made is NULL or marked as failed, a container
 *            that it is added to fails with it, and a failed value has no text. A document is
 *            therefore built without checks and checked once, when gd_json_text returns NULL with
 *            a gd_message(). Lookups never fail: NULL is no value, and holds nothing.
 *
 *     char *text = gd_model_describe(model);
 *     gd_json *description = text != NULL ? gd_json_parse("model", text, strlen(text)) : NULL;
 *     if (description == NULL)
 *         return fail(gd_message());
 *     const gd_json *training = gd_json_get(description, "training");
 *     printf("%lld rows\n", (long long)gd_json_integer_at(training, "rows"));
 *     gd_json_destroy(description);
 *     gd_model_describe_destroy(text);
 */
#ifndef GRADUS_JSON_H
#define GRADUS_JSON_H

#include <gradus/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- building ----------------------------------------------------------------------------- */

typedef enum gd_json_kind {
    GD_JSON_NULL,
    GD_JSON_BOOLEAN,
    GD_JSON_INTEGER,
    GD_JSON_REAL,
    GD_JSON_STRING,
    GD_JSON_ARRAY,
    GD_JSON_OBJECT
} gd_json_kind;

typedef struct gd_json gd_json;

/* New values, yours. NULL: no memory, or `text` is NULL. A string that is not UTF-8 and a real
 * that is not finite are failed values. */
gd_json *gd_json_null(void);
gd_json *gd_json_boolean(bool value);
gd_json *gd_json_integer(int64_t value);
gd_json *gd_json_real(double value);
gd_json *gd_json_string(const char *text); /* copied */
gd_json *gd_json_array(void);
gd_json *gd_json_object(void);
gd_json *gd_json_copy(const gd_json *value); /* with all that it holds; of NULL: NULL */
void gd_json_destroy(gd_json *value);        /* with all that it holds; NULL is allowed */

/* Adds a value to the end of an array, or to an object under a key, where it replaces the value
 * that the key had. The container fails if the value is NULL or has failed, if the container is of
 * another kind, if the key is not UTF-8, or if there is no memory. */
void gd_json_append(gd_json *array, gd_json *value);
void gd_json_set(gd_json *object, const char *key, gd_json *value);

/* GD_OK, or why the value or one inside it has failed, with a gd_message(): GD_ERROR_MEMORY;
 * GD_ERROR_FORMAT, a text is not UTF-8; GD_ERROR_VALUE, a number is not finite; GD_ERROR_ARGUMENT,
 * a value was added to a container of the wrong kind. */
gd_status gd_json_check(const gd_json *value);

/* ---- looking up --------------------------------------------------------------------------- */

bool gd_json_is(const gd_json *value, gd_json_kind kind);
bool gd_json_is_number(const gd_json *value); /* integer or real */
bool gd_json_is_true(const gd_json *value);   /* the boolean true */

/* How many items an array or members an object has; else 0. */
size_t gd_json_size(const gd_json *container);
/* Item or member i, in the order in which they were added, and the member's key. NULL past the
 * last. */
gd_json *gd_json_at(const gd_json *container, size_t i);
const char *gd_json_key(const gd_json *object, size_t i);
gd_json *gd_json_get(const gd_json *object, const char *key); /* NULL: no such key */

/* What a value holds: _of this value, _at of an object's member. A value of another kind gives the
 * result that the comment names; an integer is read as a number, too. */
const char *gd_json_string_of(const gd_json *value);                   /* NULL */
const char *gd_json_string_at(const gd_json *object, const char *key); /* NULL */
int64_t gd_json_integer_of(const gd_json *value);                      /* 0 */
int64_t gd_json_integer_at(const gd_json *object, const char *key);    /* 0 */
double gd_json_number_of(const gd_json *value);                        /* 0 */
double gd_json_number_at(const gd_json *object, const char *key);      /* NaN */

/* ---- text --------------------------------------------------------------------------------- */

/* The value's text, in UTF-8: compact, or `spaced` with a blank after each comma and colon. Numbers
 * are the shortest that read back exactly, and control characters are escaped. Yours to
 * gd_json_text_destroy. NULL: the status and message of gd_json_check. */
char *gd_json_text(const gd_json *value, bool spaced);
void gd_json_text_destroy(char *text); /* NULL is allowed */

/* The value of a text of `size` bytes: an array or an object, at most 100 levels deep, with
 * different keys in each object, integers that int64 holds and reals that double holds. Yours.
 * NULL and a gd_message(): GD_ERROR_FORMAT, as in "name: byte 12: ',' or ']' is expected, found
 * '}'"; GD_ERROR_MEMORY. `name` stands in messages alone. */
gd_json *gd_json_parse(const char *name, const char *text, size_t size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
