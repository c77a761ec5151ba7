/* What the two halves of the parser share: words and signs, and what names mean. */
#ifndef GRADUS_TRACE_FORMULA_NAMES_H
#define GRADUS_TRACE_FORMULA_NAMES_H

#include "trace/formula/formula.h"

typedef struct gd__parser gd__parser;
struct gd__parser {
    gd__formula *f;
    const char *text, *at, *end;
    int text_length, depth;
    bool refused;
    int (*formula)(gd__parser *p);                              /* reads one at `at` */
    int (*whole)(gd__formula *f, const char *text, int length); /* gd__formula_parse */
};

int gd__take_refuse(gd__parser *p, const char *expected); /* -1, after gd_fail */
bool gd__take_sign(gd__parser *p, const char *sign);      /* true: it was there; `at` is behind */
bool gd__take_word(gd__parser *p, const char *word);
int gd__take_name(gd__parser *p, const char **name); /* its length; 0: there is none */
bool gd__take_digit(gd__parser *p);                  /* whether one comes next */
double gd__take_number(gd__parser *p);               /* in any locale */
bool gd__take_ended(gd__parser *p);

/* The term of a name and what follows it: x[..], sum(..). */
int gd__take_named(gd__parser *p, const char *name, int length);

/* The term of a name that another equation defines; -1: none does; -2: after gd_fail. */
int gd__definition(gd__parser *p, const char *name, int length);

/* ---- tensors ---- */

int gd__slot_of(const gd__formula *f, const char *name, int length); /* -1: names no tensor */
int gd__take_tensor(gd__parser *p);                                  /* the slot of a name */
int gd__read_term(gd__formula *f, gd__term term);
int gd__take_place(gd__parser *p, int slot);  /* x[..] behind the bracket */
int gd__take_closed(gd__parser *p, int term); /* the term, if a bracket closes */

/* dims, dim, classes, .. or a new variable, of which *variable is the number, else -1. false:
 * something else. */
bool gd__take_over(gd__parser *p, gd__over *over, int *variable);

/* name(..) behind the bracket. */
int gd__take_call(gd__parser *p, const char *name, int length);

bool gd__is_name(const char *name, int length, const char *word);

/* A function of one number or two. */
typedef struct gd__function {
    const char *name;
    long double (*of_one)(long double a);
    long double (*of_two)(long double a, long double b);
} gd__function;
extern const gd__function gd__functions[]; /* the last one has no name */

#endif
