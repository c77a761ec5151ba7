/* What is written like a call: sums, functions, questions. */
#include "trace/formula/formula_names.h"

/* ---- sums ---- */

/* "over: formula)". */
static int reduction(gd__parser *p, gd__reduction which)
{
    gd__formula *f = p->f;
    gd__term term = {.kind = GD__REDUCE, .slot = (int)which, .b = -1, .c = -1};
    int variable;
    if (!gd__take_over(p, &term.over, &variable) || !gd__take_sign(p, ":"))
        return gd__take_refuse(p, "what the sum goes over, and \":\"");
    term.a = p->formula(p);
    if (term.a < 0)
        return term.a;
    if (variable >= 0 && f->variables[variable].count < 0)
        return gd__take_refuse(p, "an index that the sum can go over");
    if (variable >= 0)
        f->variables[variable].length = 0; /* its name ends here */
    term.b = variable;
    return gd__take_closed(p, gd__term_add(f, term));
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
    gd__term term = {
        .kind = kind, .form = form, .slot = gd__take_tensor(p), .a = -1, .b = -1, .c = -1};
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
    return gd__take_closed(p,
                           kind == GD__READ ? gd__read_term(p->f, term) : gd__term_add(p->f, term));
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
    if (!gd__take_over(p, &what, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    unsigned bits = gd__over_bits(p->f, what, x->ndim);
    for (int k = 0; k < x->ndim; ++k)
        elements *= (bits >> k & 1) != 0 ? (double)x->shape[k] : 1;
    return gd__take_closed(p, number(p->f, elements));
}

/* cast(a), to the dtype of the result */
static int cast(gd__parser *p)
{
    gd__formula *f = p->f;
    gd_dtype dtype = f->call->slots[GD__Y].dtype;
    int term = p->formula(p), which = 0;
    if (term < 0 || gd_dtype_is_float(dtype))
        return gd__take_closed(p, term);
    if (dtype == GD_BOOL)
        return gd__take_closed(p, gd__simplified(f, GD__UNEQUAL, term, number(f, 0), -1));
    while (!gd__is_name("trunc", 5, gd__functions[which].name))
        ++which;
    gd__term trunc = {.kind = GD__FUNCTION, .slot = which, .a = term, .b = -1, .c = -1};
    return gd__take_closed(p, gd__term_add(f, trunc));
}

/* size(x, dim), is_integer(x) */
static int question(gd__parser *p, bool is_size)
{
    int slot = gd__take_tensor(p), variable;
    if (slot < 0)
        return slot;
    const gd__numbers *x = &p->f->call->slots[slot];
    if (!is_size)
        return gd__take_closed(p, number(p->f, !gd_dtype_is_float(x->dtype)));
    gd__over what;
    if (!gd__take_sign(p, ",") || !gd__take_over(p, &what, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    unsigned bits = gd__over_bits(p->f, what, x->ndim);
    return gd__take_closed(p, number(p->f, bits != 0 ? (double)x->shape[__builtin_ctz(bits)] : 1));
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
        return gd__take_closed(p, otherwise);
    return gd__take_closed(p, number(p->f, value));
}

static int dimension_index(gd__parser *p)
{
    gd__term term = {.kind = GD__AT, .a = -1, .b = -1, .c = -1};
    int variable;
    if (!gd__take_over(p, &term.over, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    return gd__take_closed(p, gd__term_add(p->f, term));
}

/* joined(dim), part(dy, dim) */
static int joined(gd__parser *p, bool is_part)
{
    gd__term term = {.kind = is_part ? GD__READ : GD__JOINED, .form = GD__PART, .a = -1};
    int variable;
    if (is_part && ((term.slot = gd__take_tensor(p)) < 0 || !gd__take_sign(p, ",")))
        return gd__take_refuse(p, "an operand and \",\"");
    if (!gd__take_over(p, &term.over, &variable) || variable >= 0)
        return gd__take_refuse(p, "a dimension");
    return gd__take_closed(p, is_part ? gd__read_term(p->f, term) : gd__term_add(p->f, term));
}

static int loss(gd__parser *p)
{
    int value = p->formula(p);
    if (value < 0)
        return value;
    p->f->zero_wins = true;
    return gd__take_closed(
        p, gd__term_add(p->f, (gd__term){.kind = GD__REDUCED, .a = value, .b = -1}));
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
               : gd__take_closed(
                     p,
                     gd__term_add(
                         p->f,
                         (gd__term){.kind = GD__FUNCTION, .slot = which, .a = a, .b = b, .c = -1}));
}

/* name( : behind the bracket. */
int gd__take_call(gd__parser *p, const char *name, int length)
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
