/* Prints texts safely for a terminal. */
#include "cli/system/print.h"
#include <gradus/tensor.h>

#include <stdlib.h>
#include <string.h>

size_t cli_shown(const char *character, char shown[CLI_SHOWN])
{
    const unsigned char *c = (const unsigned char *)character;
    size_t n = gd_utf8_length(character), length = n > 0 ? n : 1;
    bool c1 = n == 2 && c[0] == 0xc2 && c[1] < 0xa0;
    if (n > 0 && !c1 && c[0] >= ' ' && c[0] != 0x7f)
        snprintf(shown, CLI_SHOWN, "%.*s", (int)n, character);
    else
        for (size_t i = 0; i < length; ++i)
            snprintf(shown + 4 * i, CLI_SHOWN - 4 * i, "\\x%02x", (unsigned)c[i]);
    return length;
}

enum { FEW = 1024 /* bytes: of a format, and of what is printed without memory */ };

/* A newline is the format's own where `other` has none. */
static void put(FILE *file, const char *text, const char *other)
{
    char shown[CLI_SHOWN];
    for (size_t i = 0; text[i] != '\0';) {
        bool own = text[i] == '\n' && other[i] != '\n';
        i += own ? 1 : cli_shown(text + i, shown);
        fputs(own ? "\n" : shown, file);
    }
}

/* In `few`, or where that is too small in memory that is to be freed; without memory, its
 * beginning. */
static char *format_text(char few[FEW], const char *format, va_list arguments)
{
    char *text = NULL;
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(few, FEW, format, arguments);
    if (length >= FEW && (text = malloc((size_t)length + 1)) != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text != NULL ? text : few;
}

/* The text is made twice, once with blanks for the format's newlines: where both have a newline,
 * it comes from an argument. */
void cli_vprint(FILE *file, const char *format, va_list arguments)
{
    char few[FEW], other_few[FEW], blank[FEW];
    va_list again;
    va_copy(again, arguments);
    snprintf(blank, sizeof blank, "%s", format);
    for (char *c = blank; *c != '\0'; ++c)
        *c = *c == '\n' ? ' ' : *c;
    char *text = format_text(few, format, arguments);
    char *other = text == few ? other_few : malloc(strlen(text) + 1);
    if (other != NULL)
        vsnprintf(other, strlen(text) + 1, blank, again);
    va_end(again);
    put(file, text, other != NULL ? other : text);
    if (text != few) {
        free(text);
        free(other);
    }
}

void cli_print(FILE *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cli_vprint(file, format, arguments);
    va_end(arguments);
}

void cli_put_lines(FILE *file, const char *const *lines)
{
    for (; *lines != NULL; ++lines)
        fprintf(file, "%s\n", *lines);
}

/* UTF-8's continuation bytes take none. */
int cli_text_width(const char *text)
{
    int columns = 0;
    for (; *text != '\0'; ++text)
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    return columns;
}

void cli_print_padded(FILE *file, const char *text, int width)
{
    int blanks = width - cli_text_width(text);
    cli_print(file, "%s%*s", text, blanks > 0 ? blanks : 0, "");
}
