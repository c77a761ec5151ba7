#include "cli/print.h"
#include "tensor/json.h"

#include <stdlib.h>

static void put(FILE *file, const char *text)
{
    for (size_t n; *text != '\0'; text += n) {
        unsigned char c = (unsigned char)*text;
        n = gd__utf8_length(text);
        bool c1 = n == 2 && c == 0xc2 && (unsigned char)text[1] < 0xa0;
        bool shown = n > 0 && !c1 && (c >= ' ' || c == '\n') && c != 0x7f;
        n = n > 0 ? n : 1;
        if (shown)
            fwrite(text, 1, n, file);
        else
            for (size_t i = 0; i < n; ++i)
                fprintf(file, "\\x%02x", (unsigned)(unsigned char)text[i]);
    }
}

void cli_vprint(FILE *file, const char *format, va_list arguments)
{
    char few[1024], *text = few;
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(few, sizeof few, format, arguments);
    if (length >= (int)sizeof few && (text = malloc((size_t)length + 1)) != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    put(file, text != NULL ? text : few); /* without memory, its beginning */
    if (text != few)
        free(text);
}

void cli_print(FILE *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cli_vprint(file, format, arguments);
    va_end(arguments);
}
