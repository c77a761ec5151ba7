/* Names of tensors from the text of calls: after "mul(a, s)" the operands of mul are a and s. */
#include "trace/operand_names.h"
#include "trace/read/recording.h"

#include <ctype.h>
#include <string.h>

/* Argument i of a text without the tape, "gd_mul(t, a, s), GD_ALL_DIMS, false"; *length: of it,
 * without blanks around it; 0: there is none. */
static const char *argument(const char *text, int i, size_t *length)
{
    int depth = 0;
    const char *begin = text, *end = NULL;
    for (const char *c = text;; ++c) {
        depth += (*c == '(' || *c == '[' || *c == '{') - (*c == ')' || *c == ']' || *c == '}');
        if (*c != '\0' && (*c != ',' || depth > 0))
            continue;
        if (i-- == 0)
            end = c;
        if (end != NULL || *c == '\0')
            break;
        begin = c + 1;
    }
    while (end != NULL && begin < end && isspace((unsigned char)*begin))
        ++begin;
    while (end != NULL && end > begin && isspace((unsigned char)end[-1]))
        --end;
    *length = end != NULL ? (size_t)(end - begin) : 0;
    return begin;
}

/* Whether a text is what a tensor would be called: w, model->w, layers[1].bias, &x. */
static bool is_name(const char *text, size_t length)
{
    if (length == 0 || length > 64 || (length == 4 && memcmp(text, "NULL", 4) == 0))
        return false;
    bool starts = isalpha((unsigned char)*text) || *text == '_' || *text == '&';
    for (size_t i = 1; starts && i < length; ++i)
        if (!isalnum((unsigned char)text[i]) && strchr("_.[]->", text[i]) == NULL)
            return false;
    return starts;
}

static size_t name_in(const char *text, int i, const char **name)
{
    size_t length;
    *name = argument(text, i, &length);
    if (!is_name(*name, length))
        return 0;
    size_t skipped = **name == '&'; /* x itself, which the call is given the address of */
    *name += skipped;
    return length - skipped;
}

/* Which argument operand i is, of the library's functions with the names of their ops; -1: none.
 * Optional operands stand behind, or in a struct of options. A loss that is made of ops has its
 * target as argument 1. */
static int argument_of(const gd_op *op, int i)
{
    static const char *const with_dim[] = {"gather", "scatter_add", "index_select", "index_add"};
    if (i >= op->least_operands && strcmp(op->name, "linear") != 0)
        return -1;
    for (size_t k = 0; k < sizeof with_dim / sizeof *with_dim; ++k)
        if (strcmp(op->name, with_dim[k]) == 0 && i > 0)
            return i + 1;
    return i;
}

size_t gd__argument_name(const gd_op *op, int i, const char *call, const char *text,
                         const char **name)
{
    bool is_list = op->most_operands > GD_OP_OPERANDS;
    if (call == NULL || text == NULL || is_list)
        return 0;
    bool is_target = op->operands[i] != NULL && strcmp(op->operands[i], "target") == 0;
    int at = strcmp(call, op->name) == 0 ? argument_of(op, i) : is_target ? 1 : -1;
    return at >= 0 ? name_in(text, at, name) : 0;
}

/* ---- in a recording ---- */

static bool give_name(gd__recording *r, int64_t tensor, const char *name, size_t length)
{
    if (length == 0 || tensor < 0 || gd__tensor_at(r, tensor)->name != NULL)
        return true;
    const char *copy = gd__recording_text(r, name, length);
    gd__tensor_at(r, tensor)->name = copy;
    return copy != NULL;
}

bool gd__name_first(gd__recording *r, int64_t tensor, const char *text)
{
    const char *name;
    size_t length = text != NULL ? name_in(text, 0, &name) : 0;
    return length == 0 || give_name(r, tensor, name, length);
}

bool gd__name_operands(gd__recording *r, const gd_recorded_node *node)
{
    const char *name;
    for (int i = 0; i < node->n_in && node->op != NULL; ++i) {
        size_t length = gd__argument_name(node->op, i, node->call, node->text, &name);
        if (length > 0 && !give_name(r, node->in[i], name, length))
            return false;
    }
    return true;
}
