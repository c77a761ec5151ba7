#include "docs/book/tape.h"

void repaired_backward(tape *t, int root)
{
    t->at[root].grad = 1;
    for (int y = root; y >= 0; --y) {
        const number *n = &t->at[y];
        if (n->op == 0)
            continue;
        number *a = &t->at[n->in[0]], *b = &t->at[n->in[1]];
        a->grad += n->op->rule(a->value, b->value, n->grad, 0);
        b->grad += n->op->rule(a->value, b->value, n->grad, 1);
    }
}
