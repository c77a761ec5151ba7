/* Reading JSON: in place, and on top of that into values. */
#include "tensor/json.h"
#include "tensor/number.h"

#include <string.h>

/* ---- messages ---- */

static bool fail_expected(const gd__json_reader *j, const char *expected, char found)
{
    char name[GD__SHOWN], entry[GD__SHOWN + 10] = "", byte[40];
    if (j->entry != NULL)
        snprintf(entry, sizeof entry, "entry %s: ", gd__shown(name, j->entry));
    if (found > ' ' && found < 0x7f)
        snprintf(byte, sizeof byte, "'%c'", found);
    else if (j->at < j->size)
        snprintf(byte, sizeof byte, "byte 0x%02x", (unsigned)(unsigned char)found);
    else
        snprintf(byte, sizeof byte, "the end of the %s", j->whole);
    gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: %s%s is expected, found %s", j->path, j->start + j->at,
             entry, expected, byte);
    return false;
}

bool gd__json_expected(const gd__json_reader *j, const char *expected)
{
    return fail_expected(j, expected, j->text[j->at]);
}

/* ---- characters ---- */

static char *write_utf8(char *to, long code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const int first[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(first[more] | code >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return to;
}

/* The number of \uXXXX; -1: that is not what is at `at`. */
static long unit_at(const char *at)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    long code = 0;
    if (at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; ++i) {
        const char *digit = at[i] != '\0' ? strchr(digits, at[i]) : NULL;
        if (digit == NULL)
            return -1;
        code = code * 16 + (digit - digits) % 16;
    }
    return code;
}

/* An escape in a string; what is expected instead, or NULL. What it stands for is never longer than itself. */
static const char *read_escape(gd__json_reader *j, char **to)
{
    static const char codes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *at = j->text + j->at;
    const char *simple = at[1] != '\0' ? strchr(codes, at[1]) : NULL;
    if (simple != NULL) {
        *(*to)++ = meant[simple - codes];
        j->at += 2;
        return NULL;
    }
    long code = unit_at(at);
    if (code < 0)
        return "an escape of JSON's";
    if (code == 0)
        return "a character other than NUL";
    j->at += 6;
    if (code >= 0xd800 && code < 0xe000) {
        long low = code < 0xdc00 ? unit_at(at + 6) : -1;
        if (low < 0xdc00 || low >= 0xe000)
            return "the other half of a surrogate pair";
        j->at += 6;
        code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    }
    *to = write_utf8(*to, code);
    return NULL;
}

/* The same for any character. */
static const char *read_character(gd__json_reader *j, char **to)
{
    const char *at = j->text + j->at;
    if (*at == '\\')
        return read_escape(j, to);
    if (*at == '\0' && j->at == j->size)
        return "a closing quote";
    if ((unsigned char)*at < ' ')
        return "a character or an escape";
    size_t n = gd__utf8_length(at);
    if (n == 0)
        return "UTF-8";
    memmove(*to, at, n);
    *to += n;
    j->at += n;
    return NULL;
}

/* ---- values ---- */

static void skip_space(gd__json_reader *j)
{
    j->at += strspn(j->text + j->at, " \t\n\r");
}

/* Moves past white space, and past c if that is what comes then. */
static bool accept(gd__json_reader *j, char c)
{
    skip_space(j);
    bool found = j->text[j->at] == c;
    j->at += found;
    return found;
}

bool gd__json_expect(gd__json_reader *j, char c)
{
    return accept(j, c) || gd__json_expected(j, (const char[]){'\'', c, '\'', '\0'});
}

bool gd__json_is_at_end(gd__json_reader *j)
{
    skip_space(j);
    return j->at == j->size;
}

bool gd__json_another(gd__json_reader *j, int64_t n, char close, bool *ok)
{
    if (accept(j, close))
        return false;
    *ok = n == 0 || accept(j, ',') ||
          gd__json_expected(j, close == '}' ? "',' or '}'" : "',' or ']'");
    return *ok;
}

bool gd__json_read_string(gd__json_reader *j, const char **text)
{
    if (!accept(j, '"'))
        return gd__json_expected(j, "a string");
    char *to = j->text + j->at;
    const char *expected = NULL;
    *text = to;
    while (expected == NULL && j->text[j->at] != '"')
        expected = read_character(j, &to);
    char found = j->text[j->at];
    *to = '\0'; /* perhaps over `found` */
    if (expected != NULL)
        return fail_expected(j, expected, found);
    ++j->at;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool gd__json_read_whole(gd__json_reader *j, int64_t *value)
{
    skip_space(j);
    const char *digits = j->text + j->at;
    if (!is_digit(digits[0]) || (digits[0] == '0' && is_digit(digits[1])))
        return gd__json_expected(j, "a whole number");
    size_t n = 0;
    bool fits = true;
    for (*value = 0; is_digit(digits[n]); ++n)
        fits = fits && !__builtin_mul_overflow(*value, 10, value) &&
               !__builtin_add_overflow(*value, digits[n] - '0', value);
    if (!fits)
        return gd__json_expected(j, "a number below 2^63");
    j->at += n;
    return true;
}

/* ---- into values ---- */

enum { DEEPEST = 100 };

static gd__json *read_value(gd__json_reader *j, int depth);

static gd__json *made(const gd__json_reader *j, gd__json *value)
{
    if (value == NULL)
        gd__fail(GD_ERROR_MEMORY, "%s: no memory for its JSON", j->path);
    return value;
}

/* True with the value moved past, if the word is what comes next. */
static bool accept_word(gd__json_reader *j, const char *word)
{
    size_t n = strlen(word);
    bool found = strncmp(j->text + j->at, word, n) == 0;
    j->at += found ? n : 0;
    return found;
}

static size_t digits_at(const char *at)
{
    size_t n = 0;
    while (is_digit(at[n]))
        ++n;
    return n;
}

/* The length of the number at `at`, as JSON has them; 0: there is none. */
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
    if (*s == 'e' || *s == 'E') {
        size_t sign = s[1] == '+' || s[1] == '-';
        more = digits_at(s + 1 + sign);
        s += more > 0 ? 1 + sign + more : 0;
        *whole = *whole && more == 0;
    }
    return (size_t)(s - at);
}

static gd__json *read_integer(gd__json_reader *j, size_t length)
{
    const char *digits = j->text + j->at;
    int64_t value = 0;
    bool negative = *digits == '-', fits = true;
    for (size_t i = negative; i < length; ++i) {
        int digit = digits[i] - '0';
        fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_add_overflow(value, negative ? -digit : digit, &value);
    }
    if (!fits) {
        gd__json_expected(j, "a whole number of 64 bits");
        return NULL;
    }
    j->at += length;
    return made(j, gd__json_integer(value));
}

static gd__json *read_number(gd__json_reader *j)
{
    bool whole = false;
    double value;
    const char *at = j->text + j->at, *end;
    size_t length = number_length(at, &whole);
    if (length == 0) {
        gd__json_expected(j, "a value");
        return NULL;
    }
    if (whole)
        return read_integer(j, length);
    if (gd__scan_number(at, &end, &value) != GD__NUMBER) {
        gd__json_expected(j, "a number below 1.8e308");
        return NULL;
    }
    j->at += length;
    return made(j, gd__json_real(value));
}

static bool read_key(gd__json_reader *j, const gd__json *object, const char **key)
{
    size_t at = j->at;
    if (!gd__json_read_string(j, key))
        return false;
    if (gd__json_get(object, *key) == NULL)
        return gd__json_expect(j, ':');
    char shown[GD__SHOWN];
    gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: the key %s comes twice", j->path, j->start + at,
             gd__shown(shown, *key));
    return false;
}

/* False with a message, also where there was no memory for what was read. */
static bool read_members(gd__json_reader *j, gd__json *container, int depth)
{
    bool object = gd__json_is(container, GD__JSON_OBJECT), ok = true;
    ++j->at;
    for (int64_t n = 0; ok && gd__json_another(j, n, object ? '}' : ']', &ok); ++n) {
        const char *key = NULL;
        ok = !object || read_key(j, container, &key);
        gd__json *value = ok ? read_value(j, depth + 1) : NULL;
        ok = value != NULL;
        if (ok && object)
            gd__json_set(container, key, value);
        else if (ok)
            gd__json_append(container, value);
    }
    return ok;
}

/* NULL with a message; what it holds may have failed for lack of memory. */
static gd__json *read_value(gd__json_reader *j, int depth)
{
    const char *text;
    skip_space(j);
    char c = j->text[j->at];
    if (c == '"')
        return gd__json_read_string(j, &text) ? made(j, gd__json_string(text)) : NULL;
    if (c == '{' || c == '[') {
        if (depth == DEEPEST) {
            gd__json_expected(j, "a value at most 100 levels deep");
            return NULL;
        }
        gd__json *container = made(j, c == '{' ? gd__json_object() : gd__json_array());
        if (container != NULL && read_members(j, container, depth))
            return container;
        gd__json_destroy(container);
        return NULL;
    }
    if (accept_word(j, "null"))
        return made(j, gd__json_null());
    bool yes = accept_word(j, "true");
    return yes || accept_word(j, "false") ? made(j, gd__json_boolean(yes)) : read_number(j);
}

gd__json *gd__json_parse(const char *name, const char *text, size_t size)
{
    char *copy = gd__allocate(size + 1);
    if (copy == NULL) {
        gd__fail(GD_ERROR_MEMORY, "%s: no memory for its JSON", name);
        return NULL;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    gd__json_reader reader = {.path = name, .whole = "text", .text = copy, .size = size};
    skip_space(&reader);
    gd__json *value = NULL;
    if (copy[reader.at] != '{' && copy[reader.at] != '[')
        gd__json_expected(&reader, "'{' or '['");
    else
        value = read_value(&reader, 0);
    bool whole =
        value != NULL &&
        (gd__json_is_at_end(&reader) || gd__json_expected(&reader, "the end of the text")) &&
        gd__json_check(value) == GD_OK;
    gd__free(copy, size + 1);
    if (whole)
        return value;
    gd__json_destroy(value);
    return NULL;
}
