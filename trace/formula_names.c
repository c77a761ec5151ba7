/* What a name in a formula means, with what follows it: a tensor and its place, a sum, a
 * function, an attribute, a name that another equation defines. */
#include "trace/formula_names.h"

#include <math.h>
#include <string.h>

/* ---- tensors ---- */

/* y, dy, x (of the op before) or an operand; -1: none of them. */
static int slot_of(const gd__formula *f, const char *name, int length)
{
    const gd_op *op = f->call->op;
    for (int i = 0; i < GD_OP_OPERANDS && i < op->most_operands && op->operands[i] != NULL; ++i)
        if (gd__is_name(name, length, op->operands[i]))
            return i;
    if (gd__is_name(name, length, "y"))
        return GD__Y;
    if (f->operand >= 0 && gd__is_name(name, length, "dy"))
        return GD__DY;
    return f->operand == GD__X && gd__is_name(name, length, "x") ? GD__X : -1;
}

static int read_term(gd__formula *f, gd__term term)
{
    bool given = f->call->slots[term.slot].given;
    term.kind = given ? GD__READ : GD__ABSENT;
    f->per_class |= term.form == GD__PER_CLASS ? 1u << term.slot : 0;
    return gd__term_add(f, term);
}

/* A variable that is an index runs over that dimension, counted from the last. */
static void give_range(gd__formula *f, int index, const gd__numbers *x, int from_last)
{
    gd__term *t = &f->terms[index];
    if (t->kind == GD__VARIABLE && f->variables[t->slot].count < 0 && from_last < x->ndim)
        f->variables[t->slot].count = x->shape[x->ndim - 1 - from_last];
}

/* "..,i,k" up to the bracket. */
static int list(gd__parser *p, gd__term term)
{
    const gd__numbers *x = &p->f->call->slots[term.slot];
    term.form = GD__LIST;
    term.dots = gd__take_sign(p, "..");
    while (term.dots || term.n_list > 0 ? gd__take_sign(p, ",") : true) {
        if (term.n_list == GD_MAX_DIMS)
            return gd__take_refuse(p, "fewer indices");
        int index = p->formula(p);
        if (index < 0)
            return index;
        term.list[term.n_list++] = index;
    }
    bool fits = term.dots ? term.n_list <= x->ndim : term.n_list == x->ndim;
    if (x->given && !fits)
        return gd__take_refuse(p, "as many indices as the tensor has dimensions");
    for (int i = 0; x->given && i < term.n_list; ++i)
        give_range(p->f, term.list[i], x, term.n_list - 1 - i);
    return gd__take_sign(p, "]") ? read_term(p->f, term) : gd__take_refuse(p, "\"]\"");
}

/* dims, dim, classes, .. or a new variable. false: something else. */
static bool over(gd__parser *p, gd__over *over, int *variable)
{
    static const char *const names[] = {
        [GD__OVER_DIMS] = "dims", [GD__OVER_DIM] = "dim", [GD__OVER_CLASSES] = "classes"};
    *variable = -1;
    if (gd__take_sign(p, "..")) {
        *over = GD__OVER_ALL;
        return true;
    }
    const char *name;
    int length = gd__take_name(p, &name);
    for (*over = GD__OVER_DIMS; *over <= GD__OVER_CLASSES; ++*over)
        if (gd__is_name(name, length, names[*over]))
            return true;
    gd__formula *f = p->f;
    *over = GD__OVER_VARIABLE;
    if (length == 0 || f->n_variables == GD__VARIABLES)
        return false;
    *variable = f->n_variables++;
    f->variables[*variable] = (gd__variable){name, length, -1};
    return true;
}

/* x[..] behind the bracket: a number, a dimension, or a list. */
static int place(gd__parser *p, int slot)
{
    gd__term term = {.slot = slot, .a = -1, .b = -1, .c = -1};
    const char *before = p->at;
    if (gd__take_sign(p, "#")) {
        term.form = GD__NUMBERED;
        if (gd__take_sign(p, "]"))
            return read_term(p->f, term);
        term.a = p->formula(p);
    } else {
        int variables = p->f->n_variables, variable;
        if (!over(p, &term.over, &variable) || variable >= 0 || term.over == GD__OVER_ALL ||
            !gd__take_sign(p, ":")) {
            p->f->n_variables = variables;
            p->at = before;
            return list(p, term);
        }
        const gd__numbers *x = &p->f->call->slots[slot];
        unsigned bits = gd__over_bits(p->f, term.over, x->ndim);
        term.form = GD__ALONG;
        term.a = p->formula(p);
        if (term.a >= 0 && x->given && bits != 0)
            give_range(p->f, term.a, x, x->ndim - 1 - __builtin_ctz(bits));
    }
    if (term.a < 0)
        return term.a;
    return gd__take_sign(p, "]") ? read_term(p->f, term) : gd__take_refuse(p, "\"]\"");
}

/* The name of a tensor. */
static int tensor(gd__parser *p)
{
    const char *name;
    int length = gd__take_name(p, &name), slot = slot_of(p->f, name, length);
    return slot >= 0 ? slot : gd__take_refuse(p, "the name of an operand");
}

static int closed(gd__parser *p, int term)
{
    return term < 0 || gd__take_sign(p, ")") ? term : gd__take_refuse(p, "\")\"");
}

/* ---- sums ---- */

/* "over: formula)". */
static int reduction(gd__parser *p, gd__reduction which)
{
    gd__formula *f = p->f;
    gd__term term = {.kind = GD__REDUCE, .slot = (int)which, .b = -1, .c = -1};
    int variable;
    if (!over(p, &term.over, &variable) || !gd__take_sign(p, ":"))
        return gd__take_refuse(p, "what the sum goes over, and \":\"");
    term.a = p->formula(p);
    if (term.a < 0)
        return term.a;
    if (variable >= 0 && f->variables[variable].count < 0)
        return gd__take_refuse(p, "an index that the sum can go over");
    if (variable >= 0)
        f->variables[variable].length = 0; /* its name ends here */
    term.b = variable;
    return closed(p, gd__term_add(f, term));
}

/* Whether "name:" or "..:" comes next, which makes max(..) a sum. */
static bool begins_sum(gd__parser *p)
{
    const char *before = p->at, *name;
    bool begins = (gd__take_sign(p, "..") || gd__take_name(p, &name) > 0) && gd__take_sign(p, ":");
    p->at = before;
    return begins;
}

/* ---- functions ---- */

static int with_slot(gd__parser *p, gd__kind kind, gd__form form)
{
    gd__term term = {.kind = kind, .form = form, .slot = tensor(p), .a = -1, .b = -1, .c = -1};
    if (term.slot < 0)
        return -1;
    if (kind == GD__NTH) {
        if (!gd__take_sign(p, ":"))
            return gd__take_refuse(p, "\":\"");
        term.a = p->formula(p);
        if (term.a < 0)
            return term.a;
    }
    if (kind == GD__READ) /* the attributes that swap and permute go by are known */
        while (gd__take_sign(p, ",")) {
            const char *name;
            gd__take_name(p, &name);
        }
    return closed(p, kind == GD__READ ? read_term(p->f, term) : gd__term_add(p->f, term));
}

static int number(gd__formula *f, double value)
{
    return gd__term_add(f, (gd__term){.kind = GD__NUMBER, .value = value});
}

/* count(dims): how many elements of the first operand a sum over dims adds. */
static int count(gd__parser *p)
{
    const gd__numbers *x = &p->f->call->slots[0];
    gd__over what;
    int variable;
    double elements = 1;
    if (!over(p, &what, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    unsigned bits = gd__over_bits(p->f, what, x->ndim);
    for (int k = 0; k < x->ndim; ++k)
        elements *= (bits >> k & 1) != 0 ? (double)x->shape[k] : 1;
    return closed(p, number(p->f, elements));
}

/* cast(a), to the dtype of the result */
static int cast(gd__parser *p)
{
    gd__formula *f = p->f;
    gd_dtype dtype = f->call->slots[GD__Y].dtype;
    int term = p->formula(p), which = 0;
    if (term < 0 || gd_dtype_is_float(dtype))
        return closed(p, term);
    if (dtype == GD_BOOL)
        return closed(p, gd__simplified(f, GD__UNEQUAL, term, number(f, 0), -1));
    while (!gd__is_name("trunc", 5, gd__functions[which].name))
        ++which;
    gd__term trunc = {.kind = GD__FUNCTION, .slot = which, .a = term, .b = -1, .c = -1};
    return closed(p, gd__term_add(f, trunc));
}

/* size(x, dim), is_integer(x) */
static int question(gd__parser *p, bool is_size)
{
    int slot = tensor(p), variable;
    if (slot < 0)
        return slot;
    const gd__numbers *x = &p->f->call->slots[slot];
    if (!is_size)
        return closed(p, number(p->f, !gd_dtype_is_float(x->dtype)));
    gd__over what;
    if (!gd__take_sign(p, ",") || !over(p, &what, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    unsigned bits = gd__over_bits(p->f, what, x->ndim);
    return closed(p, number(p->f, bits != 0 ? (double)x->shape[__builtin_ctz(bits)] : 1));
}

/* given(attribute, otherwise) */
static int given(gd__parser *p)
{
    const char *name;
    double value;
    int length = gd__take_name(p, &name);
    if (length == 0 || !gd__take_sign(p, ","))
        return gd__take_refuse(p, "an attribute and \",\"");
    int otherwise = p->formula(p);
    if (otherwise < 0 || !gd__attribute(p->f->call, name, length, &value))
        return closed(p, otherwise);
    return closed(p, number(p->f, value));
}

static int dimension_index(gd__parser *p)
{
    gd__term term = {.kind = GD__AT, .a = -1, .b = -1, .c = -1};
    int variable;
    if (!over(p, &term.over, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    return closed(p, gd__term_add(p->f, term));
}

/* joined(dim), part(dy, dim) */
static int joined(gd__parser *p, bool is_part)
{
    gd__term term = {.kind = is_part ? GD__READ : GD__JOINED, .form = GD__PART, .a = -1};
    int variable;
    if (is_part && ((term.slot = tensor(p)) < 0 || !gd__take_sign(p, ",")))
        return gd__take_refuse(p, "an operand and \",\"");
    if (!over(p, &term.over, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    return closed(p, is_part ? read_term(p->f, term) : gd__term_add(p->f, term));
}

static int loss(gd__parser *p)
{
    int value = p->formula(p);
    if (value < 0)
        return value;
    p->f->zero_wins = true;
    return closed(p, gd__term_add(p->f, (gd__term){.kind = GD__REDUCED, .a = value, .b = -1}));
}

static int function(gd__parser *p, const char *name, int length)
{
    int which = 0;
    while (gd__functions[which].name != NULL &&
           !gd__is_name(name, length, gd__functions[which].name))
        ++which;
    if (gd__functions[which].name == NULL)
        return gd__take_refuse(p, "a known function before \"(\"");
    int a = p->formula(p), b = -1;
    if (a >= 0 && gd__functions[which].of_two != NULL) {
        if (!gd__take_sign(p, ","))
            return gd__take_refuse(p, "\",\" and a second argument");
        b = p->formula(p);
        a = b < 0 ? b : a;
    }
    return a < 0
               ? a
               : closed(p, gd__term_add(
                               p->f,
                               (gd__term){
                                   .kind = GD__FUNCTION, .slot = which, .a = a, .b = b, .c = -1}));
}

/* name( : behind the bracket. */
static int call(gd__parser *p, const char *name, int length)
{
    static const char *const sums[] = {
        [GD__SUM] = "sum", [GD__MEAN] = "mean", [GD__MAX] = "max", [GD__MIN] = "min"};
    for (int k = 0; k < 4; ++k)
        if (gd__is_name(name, length, sums[k]) && begins_sum(p))
            return reduction(p, (gd__reduction)k);
    if (gd__is_name(name, length, "per_class"))
        return with_slot(p, GD__READ, GD__PER_CLASS);
    if (gd__is_name(name, length, "swap"))
        return with_slot(p, GD__READ, GD__SWAPPED);
    if (gd__is_name(name, length, "permute"))
        return with_slot(p, GD__READ, GD__PERMUTED);
    if (gd__is_name(name, length, "unpermute"))
        return with_slot(p, GD__READ, GD__PUT_BACK);
    if (gd__is_name(name, length, "nth"))
        return with_slot(p, GD__NTH, GD__HERE);
    if (gd__is_name(name, length, "before"))
        return with_slot(p, GD__BEFORE, GD__HERE);
    if (gd__is_name(name, length, "is_integer") || gd__is_name(name, length, "size"))
        return question(p, *name == 's');
    if (gd__is_name(name, length, "joined") || gd__is_name(name, length, "part"))
        return joined(p, *name == 'p');
    if (gd__is_name(name, length, "count"))
        return count(p);
    if (gd__is_name(name, length, "cast"))
        return cast(p);
    if (gd__is_name(name, length, "given"))
        return given(p);
    if (gd__is_name(name, length, "at"))
        return dimension_index(p);
    return gd__is_name(name, length, "reduced") ? loss(p) : function(p, name, length);
}

/* ---- names alone ---- */

static int variable(const gd__formula *f, const char *name, int length)
{
    int which = f->n_variables - 1;
    while (which >= 0 && !(f->variables[which].length == length &&
                           strncmp(f->variables[which].name, name, (size_t)length) == 0))
        --which;
    return which;
}

static bool is_keyword(const char *name, int length)
{
    return gd__is_name(name, length, "where") || gd__is_name(name, length, "else") ||
           gd__is_name(name, length, "and") || gd__is_name(name, length, "or") ||
           gd__is_name(name, length, "not");
}

static int constant(gd__parser *p, const char *name, int length)
{
    gd__term term = {.kind = GD__NUMBER, .text = name, .text_length = length};
    const gd__call *c = p->f->call;
    if (gd__attribute(c, name, length, &term.value))
        return gd__term_add(p->f, term);
    if (gd__is_name(name, length, "e"))
        term.value = 2.718281828459045235;
    else if (gd__is_name(name, length, "pi"))
        term.value = 3.141592653589793238;
    else if (gd__is_name(name, length, "float32"))
        term.value = c->slots[0].dtype == GD_F32;
    else if (gd__is_name(name, length, "by_count")) /* the mean of a loss divides by a count */
        term.value = gd__attribute_is(c, "reduction", "mean") &&
                     !gd__attribute(c, "denominator", 11, &(double){0});
    else
        return gd__take_refuse(p, "a known name before this");
    return gd__term_add(p->f, term);
}

static int alone(gd__parser *p, const char *name, int length)
{
    gd__formula *f = p->f;
    gd__term term = {.form = GD__HERE, .a = -1, .b = -1, .c = -1};
    if ((term.slot = variable(f, name, length)) >= 0) {
        term.kind = GD__VARIABLE;
        return gd__term_add(f, term);
    }
    if ((term.slot = slot_of(f, name, length)) >= 0)
        return read_term(f, term);
    term.slot = 0;
    int defined = gd__definition(p, name, length);
    if (defined != -1)
        return defined < 0 ? (p->refused = true, -1) : defined;
    if (gd__is_name(name, length, "noise") || gd__is_name(name, length, "u")) {
        term.kind = *name == 'n' ? GD__NOISE : GD__SLOPE;
        f->zero_wins |= *name == 'u';
        return gd__term_add(f, term);
    }
    return constant(p, name, length);
}

int gd__take_named(gd__parser *p, const char *name, int length)
{
    if (is_keyword(name, length))
        return gd__take_refuse(p, "a value before \"where\", \"else\", \"and\", \"or\" or \"not\"");
    if (gd__take_sign(p, "("))
        return call(p, name, length);
    int slot = variable(p->f, name, length) < 0 ? slot_of(p->f, name, length) : -1;
    if (slot >= 0 && gd__take_sign(p, "["))
        return place(p, slot);
    return alone(p, name, length);
}
