/* Formulas of one element: the language of gd_op's formula, gradient and their element forms, as a
 * tree that can be evaluated and written. docs/ops.md tells what the language means. */
#ifndef GRADUS_TRACE_FORMULA_H
#define GRADUS_TRACE_FORMULA_H

#include "trace/read/recording.h"
#include "trace/text.h"

/* What a formula reads: the operands, and behind them the result, its gradient, and the operand of
 * the op that is passed through. */
enum { GD__Y = GD_OP_OPERANDS, GD__DY, GD__X, GD__SLOTS };

/* Numbers that a formula reads: all of them, or a window at the start of the last two
 * dimensions. */
typedef struct gd__numbers {
    bool given;         /* false: an optional operand that is not there */
    const gd_tensor *x; /* NULL: not known */
    const char *name;   /* in texts */
    gd_dtype dtype;
    int ndim; /* of the whole tensor */
    int64_t shape[GD_MAX_DIMS];
} gd__numbers;

/* One call of an op, as formulas see it. */
typedef struct gd__call {
    const gd_op *op;
    const void *attributes;
    int n_in;
    gd__numbers slots[GD__SLOTS];
} gd__call;

typedef enum gd__kind {
    GD__NUMBER,   /* value; text: how it is written among names, NULL: as a number */
    GD__ABSENT,   /* an operand that was not given: it falls out of its sum or product, else 1 */
    GD__VARIABLE, /* number slot, of f->variables */
    GD__READ,     /* of tensor slot, at the place that form says */
    GD__NEGATIVE,
    GD__NOT,
    GD__ADD,
    GD__SUBTRACT,
    GD__MULTIPLY,
    GD__DIVIDE,
    GD__POWER,
    GD__LESS,
    GD__LESS_EQUAL,
    GD__GREATER,
    GD__GREATER_EQUAL,
    GD__EQUAL,
    GD__UNEQUAL,
    GD__AND,
    GD__OR,
    GD__WHERE,    /* a where b, else c */
    GD__FUNCTION, /* number slot, of a and b */
    GD__REDUCE,   /* slot: which of the gd__reduction; of a, over */
    GD__NTH,      /* a at the place where slot is true for the n-th time, n the element's number */
    GD__BEFORE,   /* in how many places before this one slot is true */
    GD__AT,       /* this place's index in dimension over */
    GD__JOINED,   /* of a list of operands, one after another along `over`, the one that is here */
    GD__NOISE,    /* the random number of this element, in [0,1) */
    GD__REDUCED,  /* a loss: a is the sum over positions, divided as the options say */
    GD__SLOPE     /* u: dy, divided by the same; 0 where the position does not count */
} gd__kind;

typedef enum gd__reduction { GD__SUM, GD__MEAN, GD__MAX, GD__MIN } gd__reduction;

/* What a sum goes over: a variable, or dimensions of the frame. */
typedef enum gd__over {
    GD__OVER_VARIABLE,
    GD__OVER_ALL,     /* .. */
    GD__OVER_DIMS,    /* the attribute dims: a list, all if it is empty */
    GD__OVER_DIM,     /* the attribute dim */
    GD__OVER_CLASSES, /* the same; if it is not given 1, of one dimension 0 */
    GD__OVER_REPEATED /* those along which the operand was broadcast */
} gd__over;

/* Where a tensor is read. */
typedef enum gd__form {
    GD__HERE,      /* x: at this element, broadcast */
    GD__PER_CLASS, /* per_class(x): the same of x [C], which stands for the classes' dimension */
    GD__LIST,      /* x[..,a,b] */
    GD__ALONG,     /* x[dim: a]: here, but at a in that dimension */
    GD__NUMBERED,  /* x[#], x[# a]: by row-major number */
    GD__SWAPPED,   /* swap(x, dim0, dim1) */
    GD__PERMUTED,  /* permute(x, dims) */
    GD__PUT_BACK,  /* unpermute(x, dims) */
    GD__PART       /* part(dy, dim): where the operand stands in what joined(dim) makes */
} gd__form;

/* A term; a, b, c are the indices of its parts, -1: none. */
typedef struct gd__term {
    gd__kind kind;
    gd__form form;
    gd__over over;
    bool dots; /* LIST: begins with .. */
    int slot, a, b, c;
    int list[GD_MAX_DIMS], n_list; /* LIST: the indices */
    double value;
    const char *text; /* of length text_length */
    int text_length;
} gd__term;

typedef struct gd__variable {
    const char *name;
    int length;
    int64_t count; /* a sum's variable runs from 0 to count; -1: not known */
} gd__variable;

typedef struct gd__equation {
    const char *name, *pattern, *text; /* da[..,i] = text; pattern NULL: none */
    int name_length, pattern_length, text_length;
    int term; /* -1: not read yet; -2: is being read */
} gd__equation;

enum { GD__TERMS = 400, GD__EQUATIONS = 32, GD__VARIABLES = 16 };

/* A shape and a place in it: what an element that is not indexed means. */
typedef struct gd__frame {
    int ndim;
    int64_t size[GD_MAX_DIMS], at[GD_MAX_DIMS];
} gd__frame;

/* The formula of a call's value, or of a gradient. */
typedef struct gd__formula {
    const gd__call *call;
    int operand; /* whose gradient: GD__X through the op before; -1: the value */
    gd__equation equations[GD__EQUATIONS];
    int n_equations;
    gd__variable variables[GD__VARIABLES];
    int n_variables;
    gd__term terms[GD__TERMS];
    int n_terms;
    int root;
    int kept, counted;  /* of a loss: whether a position counts, and how much; -1: all do, 1 */
    bool zero_wins;     /* a loss: 0 times anything is 0 */
    unsigned reduced;   /* dimensions of `whole` that the value's sums go over */
    unsigned per_class; /* slots */
    unsigned repeated;  /* dimensions of `frame` along which the operand was broadcast */
    int first_index;    /* of the element's variables: the last n_index dimensions */
    int n_index;
    gd__frame whole; /* what the op walks over */
    gd__frame frame; /* where the formula stands */
} gd__formula;

/* The formula of the value (operand -1), of the gradient of an operand, or through the op before
 * (GD__X). false after gd_fail: there is none, or it makes no sense. */
bool gd__formula_read(gd__formula *f, const gd__call *call, int operand);

/* Parts of reading. gd__formula_parse: the term of a text, -1 after gd_fail. */
int gd__formula_parse(gd__formula *f, const char *text, int length);
int gd__term_add(gd__formula *f, gd__term term);                      /* -1: too many */
bool gd__static_value(const gd__formula *f, int term, double *value); /* the same everywhere */
int gd__simplified(gd__formula *f, gd__kind kind, int a, int b, int c);
long double gd__of_two(gd__kind kind, long double a, long double b); /* + to or */
void gd__split_equations(gd__formula *f, const char *text);
gd__equation *gd__equation_of(gd__formula *f, const char *name, int length); /* NULL: none */

/* Dimensions of a frame with ndim dimensions: bits. */
unsigned gd__over_bits(const gd__formula *f, gd__over over, int ndim);

/* Attributes by name. false: the op has none of that name, or it was not given. */
bool gd__attribute(const gd__call *call, const char *name, int length, double *value);
int gd__attribute_list(const gd__call *call, const char *name, int64_t *list); /* -1: none */
bool gd__attribute_is(const gd__call *call, const char *name, const char *word);
bool gd__attribute_stream(const gd__call *call, gd_rng *rng);

/* ---- evaluating ---- */

typedef struct gd__reading {
    int slot;
    int64_t element;
    double value, share; /* as in gd_read */
} gd__reading;

typedef struct gd__evaluation {
    const gd__formula *f;
    gd__frame frame;
    int64_t variables[GD__VARIABLES];
    bool watch;               /* note what is read */
    gd__array readings;       /* of gd__reading */
    bool has_divisor, failed; /* failed: after gd_fail */
    long double divisor;
} gd__evaluation;

/* At an element of the value, or of the gradient. */
void gd__evaluation_begin(gd__evaluation *e, const gd__formula *f, int64_t element);
void gd__evaluation_end(gd__evaluation *e);
long double gd__evaluate(gd__evaluation *e, int term);

/* A walk over the terms of a sum, t; everything is put back at its end. A term that is left out,
 * "a where b, else 0" whose condition is false, adds nothing and is not shown.
 *     for (gd__sum_walk w = gd__sum_begin(e, t); gd__sum_next(&w);) */
typedef struct gd__sum_walk {
    gd__evaluation *e;
    const gd__term *t;
    unsigned bits;
    bool begun;
    gd__frame before;
} gd__sum_walk;
gd__sum_walk gd__sum_begin(gd__evaluation *e, const gd__term *t);
bool gd__sum_next(gd__sum_walk *w);
bool gd__is_left_out(gd__evaluation *e, int term);

/* What a loss divides by, and whether the position counts. */
long double gd__divisor(gd__evaluation *e);
bool gd__is_kept(gd__evaluation *e);
gd__sum_walk gd__positions(gd__evaluation *e); /* over all of them */

/* Moves the frame to where the mask of t, a NTH, is true for the frame's number-th time. false:
 * there is no such place. */
bool gd__go_to_nth(gd__evaluation *e, const gd__term *t);

/* ---- elements ---- */

/* The element with that row-major number of the whole tensor, of which x may hold a window. false:
 * it does not hold this one. */
bool gd__known_element(const gd__numbers *n, int64_t number, double *value);

/* Which dimension of a tensor with ndim dimensions is the frame's dimension k; -1: none. */
int gd__dim_of(const gd__formula *f, const gd__frame *frame, int ndim, int k);
/* A tensor as the formula sees it: with per_class, further dimensions of size 1. */
gd__numbers gd__seen(const gd__formula *f, int slot, const gd__frame *frame);
int64_t gd__frame_number(const gd__frame *frame); /* row-major */
/* The row-major number of what a READ term reads, whose own indices have the values `at`; -1:
 * there is no such place. */
int64_t gd__place_read(gd__evaluation *e, const gd__term *t, const long double *at);
/* The same of a JOINED term, and which operand it reads. */
int64_t gd__place_joined(gd__evaluation *e, const gd__term *t, int *slot);

/* ---- writing ---- */

/* The formula as text, with names or with numbers. */
void gd__write_formula(gd__evaluation *e, bool numbers, gd__string *text);

#endif
