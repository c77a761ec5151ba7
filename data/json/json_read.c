/* Parsing JSON. */
#include <gradus/json.h>

#include "data/input/number.h"
#include "tensor/json_string.h"
#include "tensor/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 100 };

static bool read_value(gd__scanner *s, int depth, gd_json **value);

/* Sets *value to a new value. False with a message: it is NULL, for lack of memory. */
static bool take(const gd__scanner *s, gd_json *made, gd_json **value)
{
    *value = made;
    return made != NULL || gd__fail_false(GD_ERROR_MEMORY, "%s: no memory for its JSON", s->path);
}

/* Moves past a word, if it comes next. */
static bool accept_word(gd__scanner *s, const char *word)
{
    size_t n = strlen(word);
    bool found = strncmp(s->text + s->at, word, n) == 0;
    s->at += found ? n : 0;
    return found;
}

static size_t digits_at(const char *at)
{
    return strspn(at, "0123456789");
}

/* The length of the JSON number at `at`; 0: there is none. */
static size_t number_length(const char *at, bool *whole)
{
    const char *s = at + (*at == '-');
    size_t n = *s == '0' ? 1 : digits_at(s), more;
    if (n == 0)
        return 0;
    s += n;
    *whole = true;
    if (*s == '.' && (more = digits_at(s + 1)) > 0) {
        s += 1 + more;
        *whole = false;
    }
    size_t sign = *s != '\0' && (s[1] == '+' || s[1] == '-');
    if ((*s == 'e' || *s == 'E') && (more = digits_at(s + 1 + sign)) > 0) {
        s += 1 + sign + more;
        *whole = false;
    }
    return (size_t)(s - at);
}

static bool read_number(gd__scanner *s, gd_json **value)
{
    bool whole = false;
    double real;
    const char *at = s->text + s->at, *end;
    size_t length = number_length(at, &whole);
    if (length == 0)
        return gd__scan_expected(s, "a value");
    errno = 0;
    int64_t integer = whole ? strtoll(at, NULL, 10) : 0;
    if (errno != 0)
        return gd__scan_expected(s, "a whole number of 64 bits");
    if (!whole && gd__scan_number(at, &end, &real) != GD__NUMBER)
        return gd__scan_expected(s, "a number below 1.8e308");
    s->at += length;
    return take(s, whole ? gd_json_integer(integer) : gd_json_real(real), value);
}

static bool read_key(gd__scanner *s, const gd_json *object, const char **key)
{
    size_t at = s->at;
    char shown[GD__SHOWN];
    if (!gd__json_read_string(s, key))
        return false;
    if (gd_json_get(object, *key) != NULL)
        return gd__fail_false(GD_ERROR_FORMAT, "%s: byte %zu: the key %s comes twice", s->path,
                              s->start + at, gd__shown(shown, *key));
    return gd__scan_expect(s, ':');
}

/* Lack of memory makes the container fail, and is found when all is read. */
static bool read_members(gd__scanner *s, gd_json *container, int depth)
{
    bool object = gd_json_is(container, GD_JSON_OBJECT), ok = true;
    ++s->at;
    for (int64_t n = 0; ok && gd__scan_another(s, n, object ? '}' : ']', &ok); ++n) {
        const char *key = NULL;
        gd_json *value = NULL;
        ok = (!object || read_key(s, container, &key)) && read_value(s, depth + 1, &value);
        if (object)
            gd_json_set(container, key, value);
        else
            gd_json_append(container, value);
    }
    return ok;
}

/* On failure, *value is what has been read so far. */
static bool read_value(gd__scanner *s, int depth, gd_json **value)
{
    const char *text;
    gd__scan_blanks(s);
    char c = s->text[s->at];
    if (c == '"')
        return gd__json_read_string(s, &text) && take(s, gd_json_string(text), value);
    if ((c == '{' || c == '[') && depth == DEEPEST)
        return gd__scan_expected(s, "a value at most 100 levels deep");
    if (c == '{' || c == '[')
        return take(s, c == '{' ? gd_json_object() : gd_json_array(), value) &&
               read_members(s, *value, depth);
    if (accept_word(s, "null"))
        return take(s, gd_json_null(), value);
    bool yes = accept_word(s, "true");
    return yes || accept_word(s, "false") ? take(s, gd_json_boolean(yes), value)
                                          : read_number(s, value);
}

gd_json *gd_json_parse(const char *name, const char *text, size_t size)
{
    gd_json *value = NULL;
    gd__scanner s = {.path = name, .whole = "text", .blanks = gd__json_blanks, .size = size};
    s.text = gd_allocate(size + 1);
    if (s.text == NULL)
        return gd__fail_memory("%s: no memory for its JSON", name);
    memcpy(s.text, text, size);
    s.text[size] = '\0';
    gd__scan_blanks(&s);
    bool begins = s.text[s.at] == '{' || s.text[s.at] == '[';
    bool ok = begins ? read_value(&s, 0, &value) : gd__scan_expected(&s, "'{' or '['");
    ok = ok && gd__scan_end(&s) && gd_json_check(value) == GD_OK;
    gd_free(s.text, size + 1);
    if (ok)
        return value;
    gd_json_destroy(value);
    return NULL;
}
