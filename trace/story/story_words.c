/* Names, numbers and lists in the sentences of a story. */
#include "trace/story/story.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 128, FEW = 8, LONGEST_FORMULA = 48 };

void gd__tell_name(gd__string *text, const gd_recording *r, int64_t tensor)
{
    char name[NAME];
    gd_recording_name(r, tensor, name, sizeof name);
    gd__string_add(text, "%s", name);
}

int64_t gd__numel(int ndim, const int64_t *shape)
{
    int64_t count = 1;
    for (int k = 0; k < ndim; ++k)
        count *= shape[k];
    return count;
}

int64_t gd_recorded_nonfinite(const gd_recorded_event *e)
{
    const gd_recorded_values *v = e->kind == GD_RECORDED_ADD ? &e->after : &e->values;
    return v->x != NULL ? v->nonfinite : -1;
}

/* ---- values ---- */

static void tell_element(gd__string *text, const gd_tensor *x, int64_t i)
{
    char number[GD__SHORT];
    switch (x->dtype) {
    case GD_F32:
        gd__string_add(text, "%s", gd__short_number((double)((const float *)x->data)[i], number));
        return;
    case GD_F64:
        gd__string_add(text, "%s", gd__short_number(((const double *)x->data)[i], number));
        return;
    case GD_I64:
        gd__string_add(text, "%" PRId64, ((const int64_t *)x->data)[i]);
        return;
    case GD_BOOL:
        gd__string_add(text, "%s", ((const uint8_t *)x->data)[i] != 0 ? "true" : "false");
        return;
    default:
        gd__string_add(text, "%d", ((const uint8_t *)x->data)[i]);
    }
}

/* Nested as the dimensions are; *next: the number of the next element. */
static void tell_nested(gd__string *text, const gd_tensor *x, int dim, int ndim,
                        const int64_t *shape, int64_t *next)
{
    if (dim == ndim) {
        tell_element(text, x, (*next)++);
        return;
    }
    gd__string_add(text, "[");
    for (int64_t i = 0; i < shape[dim]; ++i) {
        gd__string_add(text, i > 0 ? ", " : "");
        tell_nested(text, x, dim + 1, ndim, shape, next);
    }
    gd__string_add(text, "]");
}

void gd__tell_values(gd__string *text, const gd_recorded_values *v, int ndim, const int64_t *shape)
{
    int64_t count = gd__numel(ndim, shape), next = 0;
    char low[GD__SHORT], high[GD__SHORT];
    if (v->x != NULL && v->whole && count <= FEW) {
        tell_nested(text, v->x, 0, ndim, shape, &next);
        return;
    }
    for (int k = 0; k < ndim; ++k)
        gd__string_add(text, "%s%" PRId64, k > 0 ? " x " : "", shape[k]);
    gd__string_add(text, count == 1 ? " number" : " numbers");
    if (v->min == v->max)
        gd__string_add(text, ", all %s", gd__short_number(v->min, low));
    else if (v->min < v->max)
        gd__string_add(text, " from %s to %s", gd__short_number(v->min, low),
                       gd__short_number(v->max, high));
}

/* ---- counting ---- */

void gd__tell_count(gd__string *text, int64_t count)
{
    static const char *const words[] = {"no",  "one",   "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine",  "ten"};
    if (count >= 0 && count <= 10)
        gd__string_add(text, "%s", words[count]);
    else
        gd__string_add(text, "%" PRId64, count);
}

void gd__tell_ordinal(gd__string *text, int64_t number)
{
    static const char *const words[] = {"",      "first",   "second", "third", "fourth", "fifth",
                                        "sixth", "seventh", "eighth", "ninth", "tenth"};
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    bool teen = number % 100 >= 11 && number % 100 <= 13;
    if (number >= 1 && number <= 10)
        gd__string_add(text, "%s", words[number]);
    else
        gd__string_add(text, "%" PRId64 "%s", number,
                       ends[number % 10 <= 3 && !teen ? number % 10 : 0]);
}

void gd__tell_between(gd__string *text, int64_t i, int64_t count)
{
    gd__string_add(text, i == 0 ? "" : i == count - 1 ? " and " : ", ");
}

/* ---- formulas ---- */

static int word_length(const char *at)
{
    int length = 0;
    while (isalpha((unsigned char)at[length]) || at[length] == '_' ||
           (length > 0 && isdigit((unsigned char)at[length])))
        ++length;
    return length;
}

static bool is_word(const char *at, int length, const char *word)
{
    return word != NULL && (int)strlen(word) == length && strncmp(at, word, (size_t)length) == 0;
}

/* Which operand a word names; -1: none. */
static int operand_of(const gd_recorded_node *node, const char *at, int length)
{
    for (int i = 0; i < node->n_in && i < GD_OP_OPERANDS; ++i)
        if (is_word(at, length, node->op->operands[i]))
            return i;
    return -1;
}

/* Words that a short formula of one element does not have: choices, sums, attributes. */
static bool is_long(const gd_op *op)
{
    if (op->element != NULL || strchr(op->formula, ':') != NULL || strchr(op->formula, ',') != NULL)
        return true;
    for (const char *at = op->formula; *at != '\0';) {
        int length = word_length(at);
        for (const gd_field *f = op->fields; f != NULL && f->name != NULL; ++f)
            if (is_word(at, length, f->name))
                return true;
        if (is_word(at, length, "reduced"))
            return true;
        at += length > 0 ? length : 1;
    }
    return false;
}

bool gd__tell_formula(gd__string *text, const gd_recording *r, const gd_recorded_node *node)
{
    size_t begin = text->length;
    if (node->op == NULL || node->op->formula == NULL || is_long(node->op))
        return false;
    for (const char *at = node->op->formula; *at != '\0';) {
        int length = word_length(at), i = operand_of(node, at, length);
        if (i >= 0 && node->in[i] >= 0)
            gd__tell_name(text, r, node->in[i]);
        else
            gd__string_add(text, "%.*s", length > 0 ? length : 1, at);
        at += length > 0 ? length : 1;
    }
    bool is_short = !text->failed && text->length - begin <= LONGEST_FORMULA &&
                    strcmp(text->text + begin, node->op_name) != 0;
    if (!is_short)
        gd__string_cut(text, begin);
    return is_short;
}

int gd__give_text(gd__string *text, char *buffer, size_t size)
{
    int length = snprintf(buffer, size, "%s", text->text != NULL ? text->text : "");
    if (text->failed)
        length = snprintf(buffer, size, "(no memory for this sentence)");
    gd__string_free(text);
    return length;
}
