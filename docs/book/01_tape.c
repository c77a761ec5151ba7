/* Chapter 1: y = a b + a, recorded, and its gradient one step at a time. */
#include "docs/book/show.h"
#include "docs/book/tape.h"
#include "examples/common/example.h"

#include <gradus.h>

static double formula(double a, double b)
{
    return a * b + a;
}

static void show_nudges(double h)
{
    double y = formula(2, 3), by_a = formula(2 + h, 3), by_b = formula(2, 3 + h);
    printf("y(2, 3)     = %g\n", y);
    printf("y(2.001, 3) = %.5g   change per unit of a: %.4g\n", by_a, (by_a - y) / h);
    printf("y(2, 3.001) = %.5g   change per unit of b: %.4g\n", by_b, (by_b - y) / h);
}

enum { A, B, P, Y, COUNT }; /* the places on the tape */
static const char *const names[] = {"a", "b", "p", "y"};

static void show_record(const tape *t)
{
    printf("\nplace  number\n");
    for (int i = 0; i < t->count; ++i) {
        const number *n = &t->at[i];
        printf("%3d    %s = ", i, names[i]);
        if (n->op != NULL)
            printf("%s(%s, %s) = ", n->op->name, names[n->in[0]], names[n->in[1]]);
        printf("%g\n", n->value);
    }
}

static void show_gradients(const char *step, const tape *t)
{
    printf("%-12s", step);
    for (int i = 0; i < COUNT; ++i)
        printf("%5g", t->at[i].grad);
    printf("\n");
}

/* The same with the library. */
static void show_in_gradus(void)
{
    gd_tape *gradus = gd_tape_create();
    must(gradus != NULL, gd_message());
    example_trace(__FILE__, gradus, NULL);
    gd_tensor *a = gd_scalar(gradus, 2, GD_F64), *b = gd_scalar(gradus, 3, GD_F64);
    must(b != NULL, gd_tape_message(gradus));
    a->requires_grad = b->requires_grad = true;
    gd_tensor *p = gd_mul(gradus, a, b);
    gd_tensor *y = gd_add(gradus, p, a);
    must(gd_backward(gradus, y) == GD_OK, gd_tape_message(gradus));
    printf("\nin Gradus: y = %g, dy/da = %g, dy/db = %g\n", gd_item(y), gd_item(a->grad),
           gd_item(b->grad));
    example_trace_end();
    gd_tape_destroy(gradus);
}

int main(void)
{
    show_nudges(0.001);

    static tape t;
    int a = leaf(&t, 2), b = leaf(&t, 3);
    int p = apply(&t, &op_mul, a, b);
    int y = apply(&t, &op_add, p, a);
    show_record(&t);

    printf("\ngradient of     a    b    p    y\n");
    t.at[y].grad = 1;
    show_gradients("at first", &t);
    backward_step(&t, y);
    show_gradients("after y", &t);
    backward_step(&t, p);
    show_gradients("after p", &t);

    show_in_gradus();
    return 0;
}
