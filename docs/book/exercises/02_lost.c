/* Exercise 2: repair this file, in which a contribution is lost.
 *
 * repaired_backward should leave the gradients that backward of docs/book/tape.h leaves. On most
 * tapes it does. The judge finds tapes on which it does not: look at what they have in common. */
#include "docs/book/tape.h"

void repaired_backward(tape *t, int root)
{
    t->at[root].grad = 1;
    for (int y = root; y >= 0; --y) {
        const number *n = &t->at[y];
        if (n->op == 0)
            continue;
        number *a = &t->at[n->in[0]], *b = &t->at[n->in[1]];
        double grad_of_a = a->grad + n->op->rule(a->value, b->value, n->grad, 0);
        double grad_of_b = b->grad + n->op->rule(a->value, b->value, n->grad, 1);
        a->grad = grad_of_a;
        b->grad = grad_of_b;
    }
}
