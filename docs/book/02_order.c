/* Chapter 2: two ways to the same number, the order of the walk, and a line fitted. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "docs/book/tape.h"
#include "examples/common/example.h"

#include <gradus.h>

/* backward_step that forgets the += : what was there is overwritten. */
static void overwriting_step(tape *t, int place)
{
    const number *n = &t->at[place];
    for (int i = 0; n->op != NULL && i < 2; ++i)
        t->at[n->in[i]].grad =
            n->op->rule(t->at[n->in[0]].value, t->at[n->in[1]].value, n->grad, i);
}

/* b = a + a, c = b + b. */
static void show_twice(void)
{
    static tape right, wrong;
    int a = leaf(&right, 3), b = apply(&right, &op_add, a, a), c = apply(&right, &op_add, b, b);
    wrong = right;
    backward(&right, c);
    wrong.at[c].grad = 1;
    for (int place = c; place >= 0; --place)
        overwriting_step(&wrong, place);
    printf("gradient of    a    b    c\n");
    printf("with +=     %4g %4g %4g\n", right.at[a].grad, right.at[b].grad, right.at[c].grad);
    printf("with =      %4g %4g %4g\n", wrong.at[a].grad, wrong.at[b].grad, wrong.at[c].grad);
}

/* d = a + a, e = d a, f = d + e: d is used by e and by f. */
enum { A, D, E, F, COUNT };
static const char *const names[] = {"a", "d", "e", "f"};

static void record(tape *t, double value)
{
    leaf(t, value);
    apply(t, &op_add, A, A);
    apply(t, &op_mul, D, A);
    apply(t, &op_add, D, E);
}

static void draw(FILE *file, int panel, const tape *t, int now)
{
    static const int x[] = {20, 105, 105, 190}, y[] = {80, 30, 130, 80};
    static const int edges[][2] = {{D, F}, {E, F}, {D, E}, {A, D}, {A, E}};
    int left = 330 * (panel / 3), top = 190 * (panel % 3);
    for (int i = 0; i < 5; ++i) {
        int from = edges[i][0], to = edges[i][1];
        bool down = from == D && to == E;
        picture_arrow(file, to == now ? "now" : "", left + x[to] + (down ? 45 : 0),
                      top + y[to] + (down ? 0 : 20), left + x[from] + (down ? 45 : 70),
                      top + y[from] + (down ? 40 : 20));
    }
    for (int i = 0; i < COUNT; ++i)
        picture_box(file, i == now ? "now" : "value", left + x[i], top + y[i], 70, 40, "%s: %g",
                    names[i], t->at[i].grad);
}

/* Walks in the given order and prints the gradients after each step. */
static void show_order(const int *order, FILE *file, int panel)
{
    static tape t;
    t.count = 0;
    record(&t, 3);
    t.at[F].grad = 1;
    for (int step = 0; step < 3; ++step) {
        backward_step(&t, order[step]);
        printf("after %s     ", names[order[step]]);
        for (int i = 0; i < COUNT; ++i)
            printf(" %4g", t.at[i].grad);
        printf("\n");
        if (file != NULL)
            draw(file, panel + step, &t, order[step]);
    }
}

static void show_orders(const char *path)
{
    FILE *file =
        path != NULL ? picture_begin(path, 610, 565, "the right order, a wrong one") : NULL;
    printf("\nf, e, d         a    d    e    f\n");
    show_order((const int[]){F, E, D}, file, 0);
    printf("\nf, d, e         a    d    e    f\n");
    show_order((const int[]){F, D, E}, file, 3);
    if (file != NULL) {
        picture_text(file, "head", 140, 18, "f, e, d: right");
        picture_text(file, "head", 470, 18, "f, d, e: wrong");
        picture_end(file);
    }
}

/* The same tape in Gradus, which needs no order from you. */
static void show_in_gradus(void)
{
    gd_tape *gradus = gd_tape_create();
    must(gradus != NULL, gd_message());
    example_trace(__FILE__, gradus, NULL);
    gd_tensor *a = gd_scalar(gradus, 3, GD_F64);
    must(a != NULL, gd_tape_message(gradus));
    a->requires_grad = true;
    gd_tensor *d = gd_add(gradus, a, a);
    gd_tensor *e = gd_mul(gradus, d, a);
    gd_tensor *f = gd_add(gradus, d, e);
    must(gd_backward(gradus, f) == GD_OK, gd_tape_message(gradus));
    printf("\nin Gradus: f = %g, df/da = %g\n", gd_item(f), gd_item(a->grad));
    example_trace_end();
    gd_tape_destroy(gradus);
}

/* Fits y = w x + c to four points of the line 2 x + 1, and prints the first steps and the last. */
static void show_fit(bool zero_grad)
{
    static const double x[] = {0, 1, 2, 3}, y[] = {1, 3, 5, 7};
    static tape t;
    t.count = 0;
    int w = leaf(&t, 0), c = leaf(&t, 0);
    printf("\n%s\nstep     loss   w       c       grad w\n",
           zero_grad ? "gradients emptied before each step" : "gradients never emptied");
    for (int step = 0; step <= 100; ++step) {
        t.count = 2; /* forget all but w and c */
        if (zero_grad)
            t.at[w].grad = t.at[c].grad = 0;
        int loss = leaf(&t, 0), minus = leaf(&t, -1);
        for (int i = 0; i < 4; ++i) {
            int line = apply(&t, &op_add, apply(&t, &op_mul, w, leaf(&t, x[i])), c);
            int error = apply(&t, &op_add, line, apply(&t, &op_mul, minus, leaf(&t, y[i])));
            loss = apply(&t, &op_add, loss, apply(&t, &op_mul, error, error));
        }
        backward(&t, loss);
        if (step < 4 || step == 100)
            printf("%4d %8.4g   %-7.4g %-7.4g %.4g\n", step, t.at[loss].value, t.at[w].value,
                   t.at[c].value, t.at[w].grad);
        t.at[w].value -= 0.02 * t.at[w].grad;
        t.at[c].value -= 0.02 * t.at[c].grad;
    }
}

int main(int argc, char **argv)
{
    show_twice();
    show_orders(argc > 1 ? argv[1] : NULL);
    show_in_gradus();
    show_fit(true);
    show_fit(false);
    return 0;
}
