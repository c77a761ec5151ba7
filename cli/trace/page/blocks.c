/* What the library's source says of an op, with the parts of its derivation marked: data-part="f"
 * is the value, "0" the first gradient. */
#include "cli/report/html.h"
#include "cli/system/memory.h"
#include "cli/trace/page/files.h"
#include "cli/trace/page/page.h"

#include <stdlib.h>
#include <string.h>

void trace_put_lines(FILE *file, const char *const *lines)
{
    for (; *lines != NULL; ++lines)
        fprintf(file, "%s\n", *lines);
}

static void put_bytes(FILE *file, const char *s, size_t n)
{
    char *part = cli_malloc(n + 1);
    memcpy(part, s, n);
    part[n] = '\0';
    cli_put_text(file, part, 0);
    free(part);
}

static void put_part(FILE *file, const char *s, size_t n, char part)
{
    while (n > 0 && s[n - 1] == ' ')
        --n;
    fprintf(file, "<mark data-part=\"%c\">", part);
    put_bytes(file, s, n);
    fputs("</mark>", file);
}

/* To the end of a formula: of the sentence, of the comment, or of one of several. */
static size_t formula_length(const char *s)
{
    static const char *const ends[] = {",  ", ". ", " */"};
    size_t n = strlen(s);
    for (int i = 0; i < 3; ++i) {
        const char *end = strstr(s, ends[i]);
        if (end != NULL && (size_t)(end - s) < n)
            n = (size_t)(end - s);
    }
    return n;
}

/* "y = a b   =>   da = dy b,   db = dy a */
static void put_derivation(FILE *file, const char *line, const char *arrow)
{
    size_t begin = strspn(line, " /*");
    const char *s = arrow + 2;
    put_bytes(file, line, begin);
    put_part(file, line + begin, (size_t)(arrow - line) - begin, 'f');
    fputs("   =&gt;   ", file);
    for (char part = '0';; ++part) {
        s += strspn(s, " ");
        size_t n = formula_length(s);
        put_part(file, s, n, part);
        s += n;
        if (strncmp(s, ",  ", 3) != 0 || part == '9')
            break;
        fputs(",   ", file);
        ++s;
    }
    put_bytes(file, s, strlen(s));
}

static void put_block(FILE *file, const trace_block *block)
{
    bool is_comment = false;
    fprintf(file, "<div class=\"code\" data-op=\"%s\" data-at=\"%s:%d\" hidden>", block->op,
            block->file, block->line);
    for (const char *const *line = block->lines; *line != NULL; ++line) {
        const char *s = *line, *arrow = strstr(s, "=>");
        size_t indent = strspn(s, " ");
        is_comment |= strncmp(s + indent, "/*", 2) == 0;
        fprintf(file, "<div%s style=\"--in:%zu\">", is_comment ? " class=\"c\"" : "", indent);
        if (is_comment && arrow != NULL)
            put_derivation(file, s + indent, strstr(s + indent, "=>"));
        else
            cli_put_text(file, s + indent, 0);
        fputs("</div>\n", file);
        is_comment &= strstr(s, "*/") == NULL;
    }
    fputs("</div>\n", file);
}

void trace_put_blocks(FILE *file, const gd_recording *recording)
{
    for (const trace_block *b = trace_blocks; b->op != NULL; ++b) {
        bool is_used = false;
        for (int64_t i = 0; i < recording->n_nodes && !is_used; ++i)
            is_used =
                recording->nodes[i].op != NULL && strcmp(recording->nodes[i].op_name, b->op) == 0;
        if (is_used)
            put_block(file, b);
    }
}
