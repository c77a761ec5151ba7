/* Export to C: unique identifiers, and literals. */
#include "cli/export/c_source.h"
#include "cli/system/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Between blanks: the keywords of C and C++, and names that common headers define as macros. */
static const char reserved[] =
    " alignas alignof and and_eq asm assert atomic_cancel atomic_commit auto bitand bitor bool "
    "break "
    "case catch char char16_t char32_t char8_t class co_await co_return co_yield compl complex "
    "concept const "
    "const_cast consteval constexpr constinit continue decltype default delete do double "
    "dynamic_cast else enum errno explicit export extern false far final float for friend goto "
    "huge if "
    "imaginary inline int linux long main mutable namespace near new noexcept noreturn not not_eq "
    "nullptr "
    "operator or or_eq override private protected public register reinterpret_cast requires "
    "restrict return short signed sizeof static static_assert static_cast stderr stdin stdout "
    "struct switch template this thread_local throw true try typedef typeid typename "
    "typeof union unix unsigned using virtual void volatile wchar_t while xor xor_eq "
    "EOF I INFINITY NAN NULL FLT_MAX FLT_MIN INT_MAX INT_MIN M_1_PI M_2_PI M_2_SQRTPI M_E M_LN10 "
    "M_LN2 M_LOG10E M_LOG2E M_PI M_PI_2 M_PI_4 M_SQRT1_2 M_SQRT2 ";

static bool is_reserved(const char *name)
{
    size_t n = strlen(name);
    for (const char *at = reserved; (at = strstr(at, name)) != NULL; ++at)
        if (at[-1] == ' ' && at[n] == ' ')
            return true;
    return false;
}

/* Appends what an identifier can have of the text; the end. */
static char *put_letters(char *begin, char *to, const char *text, bool upper)
{
    for (; *text != '\0'; ++text) {
        unsigned char c = (unsigned char)*text;
        if (c < 128 && isalnum(c) != 0)
            *to++ = (char)(upper ? toupper(c) : c);
        else if (to > begin && to[-1] != '_')
            *to++ = '_';
    }
    return to;
}

char *cli_c_name(gd_json *taken, const char *prefix, const char *text, bool upper)
{
    size_t size = strlen(prefix) + strlen(text) + 32;
    char *name = cli_malloc(size);
    char *begin = name + strlen(strcpy(name, prefix)), *to = begin;
    to = put_letters(name, to, text, upper);
    if (isdigit((unsigned char)name[0]) != 0) {
        memmove(name + 1, name, (size_t)(to++ - name));
        name[0] = upper ? 'X' : 'x';
    }
    while (to > begin + 1 && to[-1] == '_')
        --to;
    if (to == begin)
        *to++ = upper ? 'X' : 'x';
    *to = '\0';
    if (is_reserved(name))
        strcpy(to, "_"); /* which a number replaces */
    for (int number = 2; gd_json_get(taken, name) != NULL; ++number)
        snprintf(to, size - (size_t)(to - name), "_%d", number);
    gd_json_set(taken, name, gd_json_boolean(true));
    return name;
}

/* A byte of a literal in ASCII, which may be the second of two that begin or end a comment. */
static void put_byte(FILE *file, char before, char byte)
{
    bool comment = (byte == '/' && before == '*') || (byte == '*' && before == '/');
    if (byte == '"' || byte == '\\' || byte == '?') /* two question marks may begin a trigraph */
        fprintf(file, "\\%c", byte);
    else if (byte < ' ' || byte > '~' || comment)
        fprintf(file, "\\%03o", (unsigned)(unsigned char)byte);
    else
        fputc(byte, file);
}

void cli_c_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (char before = 0; *text != '\0'; before = *text++)
        put_byte(file, before, *text);
    fputc('"', file);
}

/* Bytes of the character beyond ASCII that the text begins with. 0: there is none, or it shows
 * nothing or moves what is around it (U+0080 to 00BF, 061C, 2000 to 207F, from F000 to FFFF), of
 * which compilers warn. */
static size_t visible(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t n = gd_utf8_length(text);
    bool hidden = c[0] == 0xc2 || (c[0] == 0xd8 && c[1] == 0x9c) || (c[0] == 0xe2 && c[1] < 0x82) ||
                  c[0] == 0xef;
    return n > 1 && !hidden ? n : 0;
}

void cli_c_comment(FILE *file, const char *text)
{
    fputc('"', file);
    for (char before = 0; *text != '\0'; before = *text++) {
        size_t n = visible(text);
        if (n == 0)
            put_byte(file, before, *text);
        else
            fwrite(text, 1, n, file);
        text += n > 0 ? n - 1 : 0;
    }
    fputc('"', file);
}

void cli_c_float(FILE *file, float value)
{
    char text[40];
    snprintf(text, sizeof text, "%.9g", (double)value);
    fprintf(file, "%s%sf", text, strpbrk(text, ".e") != NULL ? "" : ".0");
}
