#include "cli/trace/page/source.h"
#include "cli/report/html.h"
#include "cli/system/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- statements ---- */

/* Bytes of a text. */
typedef struct range {
    size_t begin, end;
} range;

/* Behind the comment, text or character that begins at i; i: none does. */
static size_t skip_token(const char *s, size_t i)
{
    if (s[i] == '/' && s[i + 1] == '*') {
        const char *end = strstr(s + i + 2, "*/");
        return end != NULL ? (size_t)(end - s) + 2 : strlen(s);
    }
    if (s[i] == '/' && s[i + 1] == '/')
        return i + strcspn(s + i, "\n");
    if (s[i] != '"' && s[i] != '\'')
        return i;
    size_t end = i + 1;
    while (s[end] != '\0' && s[end] != '\n' && s[end] != s[i])
        end += s[end] == '\\' && s[end + 1] != '\0' ? 2 : 1;
    return s[end] == s[i] ? end + 1 : end;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Whether the word that begins at s is one of those whose parentheses are a statement of their
 * own. */
static bool is_control(const char *s)
{
    static const char *const words[] = {"if", "while", "for", "switch"};
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        size_t n = strlen(words[i]);
        if (strncmp(s, words[i], n) == 0 && !is_word(s[n]))
            return true;
    }
    return false;
}

/* The statement that begins at or behind `from`, without blanks and comments before it. */
static range next_statement(const char *s, size_t from)
{
    for (size_t end; s[from] != '\0'; from = end) {
        end = s[from] == '/' ? skip_token(s, from) : from;
        if (end == from && (isspace((unsigned char)s[from]) || strchr("{};", s[from]) != NULL))
            ++end;
        if (end == from)
            break;
    }
    range r = {from, from};
    int depth = 0;
    if (s[from] == '#') {
        while (s[r.end] != '\0' && (s[r.end] != '\n' || s[r.end - 1] == '\\'))
            ++r.end;
        return r;
    }
    for (size_t i = from; s[i] != '\0'; r.end = i) {
        size_t behind = skip_token(s, i);
        if (behind > i) {
            i = behind;
            continue;
        }
        char c = s[i];
        if (depth <= 0 && (c == '{' || c == '}'))
            break;
        ++i;
        depth += (c == '(' || c == '[') - (c == ')' || c == ']');
        if (depth <= 0 && (c == ';' || (c == ')' && is_control(s + from)))) {
            r.end = i;
            break;
        }
    }
    return r;
}

static int newlines(const char *s, size_t begin, size_t end)
{
    int count = 0;
    for (size_t i = begin; i < end; ++i)
        count += s[i] == '\n';
    return count;
}

/* ---- calls ---- */

/* Whether two texts differ in blanks and comments alone. */
static bool is_same_code(const char *a, size_t n, const char *b)
{
    for (size_t i = 0;;) {
        size_t behind = 0;
        while (i < n &&
               (isspace((unsigned char)a[i]) || (a[i] == '/' && (behind = skip_token(a, i)) > i)))
            i = behind > i ? behind : i + 1;
        while (isspace((unsigned char)*b))
            ++b;
        if (i >= n || *b == '\0')
            return i >= n && *b == '\0';
        if (a[i++] != *b++)
            return false;
    }
}

/* Whether the arguments of the call whose parenthesis opens at s, behind the tape, are `text`. */
static bool has_arguments(const char *s, const char *text)
{
    size_t begin = 0, i = 1;
    for (int depth = 1; s[i] != '\0'; ++i) {
        size_t behind = skip_token(s, i);
        if (behind > i) {
            i = behind - 1;
            continue;
        }
        depth += (s[i] == '(' || s[i] == '[' || s[i] == '{') -
                 (s[i] == ')' || s[i] == ']' || s[i] == '}');
        if (depth == 0)
            break;
        if (depth == 1 && s[i] == ',' && begin == 0)
            begin = i + 1;
    }
    return begin > 0 && is_same_code(s + begin, i - begin, text);
}

/* The call in a statement: the one with these arguments, else the first. */
static bool find_call(const char *s, range r, const char *call, const char *text, trace_spot *spot)
{
    size_t n = strlen(call);
    spot->at = -1;
    for (size_t i = r.begin; i + n < r.end; ++i) {
        if (i > 0 && is_word(s[i - 1]))
            continue;
        size_t begin = i + (strncmp(s + i, "gd_", 3) == 0 ? 3 : 0);
        if (strncmp(s + begin, call, n) != 0 || is_word(s[begin + n]))
            continue;
        size_t open = begin + n + strspn(s + begin + n, " \t\n)"); /* (gd_add)(..), too */
        if (s[open] != '(')
            continue;
        bool is_it = text != NULL && has_arguments(s + open, text);
        if (spot->at < 0 || is_it) {
            spot->at = (int64_t)i;
            spot->length = (int)(begin + n - i);
        }
        if (is_it)
            break;
    }
    return spot->at >= 0;
}

static int source_of(const gd_recording *r, const char *file)
{
    for (int64_t i = 0; file != NULL && i < r->n_sources; ++i)
        if (strcmp(r->sources[i].file, file) == 0)
            return (int)i;
    return -1;
}

trace_spot trace_find_call(const gd_recording *recording, const char *file, int line,
                           const char *call, const char *text)
{
    trace_spot spot = {.source = source_of(recording, file), line, line, -1, 0};
    bool is_found = false;
    if (spot.source < 0)
        return spot;
    const char *s = recording->sources[spot.source].text;
    size_t at = 0;
    int first = 1, last = 1;
    for (range r; !is_found && first <= line; at = r.end) {
        r = next_statement(s, at);
        if (r.end == r.begin)
            break;
        first = last + newlines(s, at, r.begin);
        last = first + newlines(s, r.begin, r.end);
        if (first > line)
            break;
        if (last < line)
            continue;
        is_found = call == NULL || find_call(s, r, call, text, &spot);
        if (is_found) {
            spot.first = first;
            spot.last = last;
        }
    }
    return spot;
}

trace_spot trace_spot_of(const gd_recording *recording, int64_t event)
{
    const gd_recorded_event *e = &recording->events[event];
    bool has_node =
        e->kind == GD_RECORDED_OP || e->kind == GD_RECORDED_NODE || e->kind == GD_RECORDED_ADD;
    if (has_node && e->node >= 0) {
        const gd_recorded_node *n = &recording->nodes[e->node];
        return trace_find_call(recording, n->file, n->line, n->call, n->text);
    }
    const char *call = e->kind != GD_RECORDED_BACKWARD ? NULL : e->is_grad ? "grad" : "backward";
    return trace_find_call(recording, e->file, e->source_line, call, NULL);
}

/* ---- as a page shows it ---- */

static int compare_spots(const void *a, const void *b)
{
    const trace_spot *x = a, *y = b;
    if (x->source != y->source)
        return x->source - y->source;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void put_part(FILE *file, const char *s, size_t n)
{
    char *part = cli_malloc(n + 1);
    for (size_t i = 0; i < n; ++i)
        part[i] = s[i] == '\t' || s[i] == '\r' ? ' ' : s[i];
    part[n] = '\0';
    cli_put_text(file, part, 0);
    free(part);
}

/* spots: [n], by place; those of this source. */
static void put_source(FILE *file, const gd_recorded_source *source, int number,
                       const trace_spot *spots, int64_t n)
{
    const char *s = source->text;
    size_t at = 0;
    fprintf(file, "<div class=\"code\" data-f=\"%d\" hidden>", number);
    for (int line = 1; s[at] != '\0'; ++line) {
        size_t end = at + strcspn(s + at, "\n"), indent = at;
        while (s[indent] == ' ' || s[indent] == '\t')
            ++indent;
        fprintf(file, "<div data-l=\"%d.%d\" style=\"--in:%d\"><s>%d</s>", number, line,
                (int)(indent - at), line);
        for (at = indent; at < end;) {
            while (n > 0 && (spots->at < (int64_t)at || spots->length == 0))
                ++spots, --n;
            bool has_call = n > 0 && spots->at < (int64_t)end;
            size_t next = has_call ? (size_t)spots->at : end;
            put_part(file, s + at, next - at);
            at = next;
            if (has_call) {
                fprintf(file, "<b data-c=\"%d.%zu\">", number, at);
                put_part(file, s + at, (size_t)spots->length);
                fputs("</b>", file);
                at += (size_t)spots->length;
            }
        }
        fputs("</div>\n", file);
        at = end + (s[end] == '\n');
    }
    fputs("</div>\n", file);
}

void trace_put_sources(FILE *file, const gd_recording *recording, const trace_spot *spots,
                       int64_t n)
{
    trace_spot *sorted = cli_malloc((size_t)n * sizeof *sorted);
    memcpy(sorted, spots, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, compare_spots);
    for (int64_t i = 0, from = 0; i < recording->n_sources; ++i) {
        int64_t until = from;
        while (from < n && sorted[from].source < i)
            ++from;
        for (until = from; until < n && sorted[until].source == i;)
            ++until;
        put_source(file, &recording->sources[i], (int)i, sorted + from, until - from);
        from = until;
    }
    free(sorted);
}
