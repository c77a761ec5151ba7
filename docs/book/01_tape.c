/* Chapter 1: y = a b + a, recorded, and its gradient one step at a time. */
#include "docs/book/picture.h"
#include "docs/book/tape.h"

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

/* One row of the picture: the graph with the gradients so far; `now` gives its shares. */
static void draw_step(FILE *file, int row, const tape *t, int now)
{
    static const int x[] = {20, 20, 230, 440}, y[] = {20, 90, 90, 55};
    static const int edges[][2] = {{A, P}, {B, P}, {P, Y}, {A, Y}};
    for (int i = 0; i < 4; ++i) {
        int from = edges[i][0], to = edges[i][1];
        picture_arrow(file, to == now ? "now" : "", x[to], 170 * row + y[to] + 20, x[from] + 150,
                      170 * row + y[from] + 20);
    }
    for (int i = 0; i < COUNT; ++i)
        picture_box(file, i == now ? "now" : "value", x[i], 170 * row + y[i], 150, 40,
                    "%s = %g, grad %g", names[i], t->at[i].value, t->at[i].grad);
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? picture_begin(argv[1], 610, 330, "y = a b + a, backward") : NULL;
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
    if (file != NULL)
        draw_step(file, 0, &t, y);
    backward_step(&t, p);
    show_gradients("after p", &t);
    if (file != NULL) {
        draw_step(file, 1, &t, p);
        picture_end(file);
    }
    return 0;
}
