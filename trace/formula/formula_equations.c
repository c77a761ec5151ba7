/* A text of several equations, "u * 2 * (input - target), u = dy / D": the parts between its
 * commas, each with the name that it defines. */
#include "trace/formula/formula.h"
#include "trace/formula/formula_names.h"

#include <ctype.h>
#include <string.h>

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " ");
}

static bool is_name_end(char c)
{
    return !isalnum((unsigned char)c) && c != '_';
}

/* Where the equation that begins at s ends: at a comma outside brackets that no "else" follows, or
 * at the end. */
static const char *end_of(const char *s)
{
    for (int depth = 0; *s != '\0'; ++s) {
        const char *next = skip_blanks(s + 1);
        depth += *s == '(' || *s == '[' ? 1 : *s == ')' || *s == ']' ? -1 : 0;
        if (*s == ',' && depth == 0 && !(strncmp(next, "else", 4) == 0 && is_name_end(next[4])))
            break;
    }
    return s;
}

/* name = .., name[..] = .. at s, before `end`: what is behind the sign; NULL: no name. */
static const char *read_name(const char *s, const char *end, gd__equation *equation)
{
    equation->name = s;
    while (s < end && !is_name_end(*s))
        ++s;
    equation->name_length = (int)(s - equation->name);
    if (*s == '[') {
        equation->pattern = s + 1;
        while (s < end && *s != ']')
            ++s;
        equation->pattern_length = (int)(s - equation->pattern);
        s += s < end;
    }
    s = skip_blanks(s);
    return s < end && *s == '=' && s[1] != '=' && equation->name_length > 0 ? s + 1 : NULL;
}

void gd__split_equations(gd__formula *f, const char *text)
{
    while (text != NULL && *(text = skip_blanks(text)) != '\0' && f->n_equations < GD__EQUATIONS) {
        const char *end = end_of(text);
        gd__equation equation = {.term = -1};
        const char *formula = read_name(text, end, &equation);
        if (formula == NULL)
            equation = (gd__equation){.name = "y", .name_length = 1, .term = -1};
        equation.text = skip_blanks(formula != NULL ? formula : text);
        equation.text_length = (int)(end - equation.text);
        f->equations[f->n_equations++] = equation;
        text = end + (*end == ',');
    }
}

gd__equation *gd__equation_of(gd__formula *f, const char *name, int length)
{
    for (int i = 0; i < f->n_equations; ++i)
        if (f->equations[i].name_length == length &&
            strncmp(f->equations[i].name, name, (size_t)length) == 0)
            return &f->equations[i];
    return NULL;
}

int gd__definition(gd__parser *p, const char *name, int length)
{
    gd__equation *equation = gd__equation_of(p->f, name, length);
    if (equation == NULL || equation->pattern != NULL || gd__is_name(name, length, "y"))
        return -1;
    if (equation->term == -2)
        return gd__take_refuse(p, "no name that is defined by itself before this") - 1;
    if (equation->term == -1) {
        equation->term = -2;
        int term = p->whole(p->f, equation->text, equation->text_length);
        equation->term = term >= 0 ? term : -2;
    }
    return equation->term;
}
