/* A tape for single numbers: everything that chapters 1 and 2 explain, and nothing else. */
#ifndef BOOK_TAPE_H
#define BOOK_TAPE_H

/* An op: how r is computed from s and t, and what its operands get from g = d root / d r:
 * operand 0 gets g dr/ds, operand 1 gets g dr/dt. */
typedef struct op {
    const char *name;
    double (*value)(double s, double t);
    double (*rule)(double s, double t, double g, int operand);
} op;

/* A number that remembers how it was made. Numbers are named by their places on the tape. */
typedef struct number {
    double value, grad; /* grad: d root / d (this number), after backward */
    const op *op;       /* NULL: a leaf, which nothing was computed for */
    int in[2];          /* the operands' places: earlier ones */
} number;

enum { MOST = 1000 };

typedef struct tape {
    number at[MOST];
    int count;
} tape;

static inline int leaf(tape *t, double value)
{
    t->at[t->count] = (number){.value = value};
    return t->count++;
}

static inline int apply(tape *t, const op *by, int a, int b)
{
    double value = by->value(t->at[a].value, t->at[b].value);
    t->at[t->count] = (number){.value = value, .op = by, .in = {a, b}};
    return t->count++;
}

/* The number at this place has its whole gradient: its operands get their shares of it. */
static inline void backward_step(tape *t, int place)
{
    const number *n = &t->at[place];
    for (int i = 0; n->op != 0 && i < 2; ++i)
        t->at[n->in[i]].grad +=
            n->op->rule(t->at[n->in[0]].value, t->at[n->in[1]].value, n->grad, i);
}

static inline void backward(tape *t, int root)
{
    t->at[root].grad = 1; /* d root / d root */
    for (int place = root; place >= 0; --place)
        backward_step(t, place);
}

/* ---- ops: one block each ---- */

/* r = s + t   =>   dr/ds = 1,   dr/dt = 1 */
static inline double add_value(double s, double t)
{
    return s + t;
}

static inline double add_rule(double s, double t, double g, int operand)
{
    (void)s, (void)t, (void)operand;
    return g;
}

static const op op_add = {"add", add_value, add_rule};

/* r = s t   =>   dr/ds = t,   dr/dt = s */
static inline double mul_value(double s, double t)
{
    return s * t;
}

static inline double mul_rule(double s, double t, double g, int operand)
{
    return operand == 0 ? g * t : g * s;
}

static const op op_mul = {"mul", mul_value, mul_rule};

#endif
