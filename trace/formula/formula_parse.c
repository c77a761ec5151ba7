/* The texts of formulas as terms, by recursive descent:
 *
 *     formula  = or ["where" or ", else" formula]
 *     or       = and {"or" and}         and     = not {"and" not}      not = ["not"] compare
 *     compare  = sum {"<" "<=" ">" ">=" "==" "!=" sum}
 *     sum      = product {"+" "-" product}
 *     product  = sign {"*" "/" sign}    sign    = ["-"] power          power = atom ["^" sign]
 *     atom     = number | "(" formula ")" | name ["[" place "]" | "(" arguments ")"] */
#include "trace/formula/formula.h"
#include "trace/formula/formula_names.h"

enum { DEEPEST = 64, LONGEST = 1000 };

static int formula(gd__parser *p);

static int deeper(gd__parser *p)
{
    if (++p->depth > DEEPEST)
        return gd__take_refuse(p, "fewer brackets");
    int term = formula(p);
    --p->depth;
    return term;
}

/* ---- from the loosest to the tightest ---- */

static int number(gd__parser *p)
{
    const char *begin = p->at;
    double value = gd__take_number(p);
    return gd__term_add(p->f, (gd__term){.kind = GD__NUMBER,
                                         .value = value,
                                         .text = begin,
                                         .text_length = (int)(p->at - begin)});
}

static int atom(gd__parser *p)
{
    if (gd__take_digit(p))
        return number(p);
    if (gd__take_sign(p, "(")) {
        int term = deeper(p);
        if (term >= 0 && !gd__take_sign(p, ")"))
            return gd__take_refuse(p, "\")\"");
        return term;
    }
    const char *name;
    int length = gd__take_name(p, &name);
    return length > 0 ? gd__take_named(p, name, length)
                      : gd__take_refuse(p, "a number, a name or \"(\"");
}

static int sign(gd__parser *p);

static int power(gd__parser *p)
{
    int base = atom(p);
    if (base < 0 || !gd__take_sign(p, "^"))
        return base;
    int exponent = sign(p);
    return exponent < 0 ? exponent : gd__simplified(p->f, GD__POWER, base, exponent, -1);
}

static int sign(gd__parser *p)
{
    if (!gd__take_sign(p, "-"))
        return power(p);
    int term = power(p);
    return term < 0 ? term : gd__simplified(p->f, GD__NEGATIVE, term, -1, -1);
}

typedef struct infix {
    const char *sign;
    gd__kind kind;
} infix;

/* The operator of the list, whose end has no sign, that comes next; NULL: none of them. */
static const infix *next_infix(gd__parser *p, const infix *list)
{
    for (; list->sign != NULL; ++list)
        if (gd__take_sign(p, list->sign))
            return list;
    return NULL;
}

static int product(gd__parser *p)
{
    static const infix list[] = {{"*", GD__MULTIPLY}, {"/", GD__DIVIDE}, {NULL, GD__NUMBER}};
    int left = sign(p);
    for (const infix *o; left >= 0 && (o = next_infix(p, list)) != NULL;) {
        int right = sign(p);
        left = right < 0 ? right : gd__simplified(p->f, o->kind, left, right, -1);
    }
    return left;
}

static int sum(gd__parser *p)
{
    static const infix list[] = {{"+", GD__ADD}, {"-", GD__SUBTRACT}, {NULL, GD__NUMBER}};
    int left = product(p);
    for (const infix *o; left >= 0 && (o = next_infix(p, list)) != NULL;) {
        int right = product(p);
        left = right < 0 ? right : gd__simplified(p->f, o->kind, left, right, -1);
    }
    return left;
}

/* low <= x <= high is both. */
static int compare(gd__parser *p)
{
    static const infix list[] = {
        {"<=", GD__LESS_EQUAL}, {">=", GD__GREATER_EQUAL}, {"==", GD__EQUAL}, {"!=", GD__UNEQUAL},
        {"<", GD__LESS},        {">", GD__GREATER},        {NULL, GD__NUMBER}};
    int left = sum(p), all = -1;
    for (const infix *o; left >= 0 && (o = next_infix(p, list)) != NULL;) {
        int right = sum(p);
        if (right < 0)
            return right;
        int one = gd__simplified(p->f, o->kind, left, right, -1);
        all = all < 0 ? one : gd__simplified(p->f, GD__AND, all, one, -1);
        left = right;
    }
    return left < 0 || all < 0 ? left : all;
}

static int negation(gd__parser *p)
{
    if (!gd__take_word(p, "not"))
        return compare(p);
    int term = compare(p);
    return term < 0 ? term : gd__simplified(p->f, GD__NOT, term, -1, -1);
}

static int conjunction(gd__parser *p)
{
    int left = negation(p);
    while (left >= 0 && gd__take_word(p, "and")) {
        int right = negation(p);
        left = right < 0 ? right : gd__simplified(p->f, GD__AND, left, right, -1);
    }
    return left;
}

static int disjunction(gd__parser *p)
{
    int left = conjunction(p);
    while (left >= 0 && gd__take_word(p, "or")) {
        int right = conjunction(p);
        left = right < 0 ? right : gd__simplified(p->f, GD__OR, left, right, -1);
    }
    return left;
}

static int formula(gd__parser *p)
{
    int value = disjunction(p);
    if (value < 0 || !gd__take_word(p, "where"))
        return value;
    int condition = disjunction(p);
    if (condition < 0)
        return condition;
    if (!gd__take_sign(p, ",") || !gd__take_word(p, "else"))
        return gd__take_refuse(p, "\", else\"");
    int other = deeper(p);
    return other < 0 ? other : gd__simplified(p->f, GD__WHERE, value, condition, other);
}

int gd__formula_parse(gd__formula *f, const char *text, int length)
{
    gd__parser p = {.f = f,
                    .text = text,
                    .text_length = length,
                    .at = text,
                    .end = text + length,
                    .formula = deeper,
                    .whole = gd__formula_parse};
    if (length > LONGEST)
        return gd__take_refuse(&p, "a shorter text");
    int term = deeper(&p);
    if (term >= 0 && !gd__take_ended(&p))
        return gd__take_refuse(&p, "an operator");
    return term;
}
