/* Texts in the JSON of a trace page. */
#include "cli/system/print.h"
#include "cli/trace/page/data.h"

void trace_put_string(FILE *file, const char *text)
{
    char shown[CLI_SHOWN];
    fputc('"', file);
    while (*text != '\0') {
        text += cli_shown(text, shown);
        for (const char *c = shown; *c != '\0'; ++c)
            if (*c == '"' || *c == '\\')
                fprintf(file, "\\%c", *c);
            else if (*c == '<' || *c == '>' || *c == '&')
                fprintf(file, "\\u%04x", (unsigned)*c);
            else
                fputc(*c, file);
    }
    fputc('"', file);
}
