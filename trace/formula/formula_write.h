/* What the files that write formulas share. */
#ifndef GRADUS_TRACE_FORMULA_WRITE_H
#define GRADUS_TRACE_FORMULA_WRITE_H

#include "trace/formula/formula.h"

/* How tightly a text holds together: a looser one stands in brackets. */
enum { CHOICE, EITHER, BOTH, NEITHER, COMPARED, SUM, PRODUCT, SIGNED, POWER, ATOM };

typedef struct gd__writer gd__writer;
struct gd__writer {
    gd__evaluation *e;
    gd__string *text;
    bool numbers;
    void (*term)(gd__writer *w, int term, int least); /* in brackets where it is looser */
};

/* Sums over t: with SUM and MEAN, MAX and MIN; the loss that t is, divided; u. */
void gd__write_reduction(gd__writer *w, const gd__term *t, int least);
void gd__write_loss(gd__writer *w, const gd__term *t, int least);
void gd__write_slope(gd__writer *w);

void gd__write_number(gd__writer *w, double value);
void gd__write_element(gd__writer *w, int slot, int64_t number); /* 0 where it is -1 */
void gd__write_read(gd__writer *w, const gd__term *t);

/* A second term of a sum, which begins at `at`: "a + -b" becomes "a - b". */
void gd__join_terms(gd__string *text, size_t at);
bool gd__begins_with_minus(const gd__string *text, size_t at);

#endif
