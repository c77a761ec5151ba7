/* Chapter 3: a bias added to every row, and the way back. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

enum { ROWS = 2, COLUMNS = 3 };

static const double x_data[] = {1, 2, 3, 4, 5, 6};
static const double u_data[] = {1, 0, 2, 3, -1, 4};

/* A tensor that wants a gradient. */
static gd_tensor *leaf(gd_tape *tape, const double *data, int ndim, const int64_t *shape)
{
    gd_tensor *x = gd_from_data(tape, GD_F64, data, ndim, shape);
    must(x != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    return x;
}

/* loss = sum of u (x + b): b is added to each row. */
static double loss_of(double b0)
{
    double b[] = {b0, 20, 30}, sum = 0;
    for (int i = 0; i < ROWS; ++i)
        for (int j = 0; j < COLUMNS; ++j)
            sum += u_data[i * COLUMNS + j] * (x_data[i * COLUMNS + j] + b[j]);
    return sum;
}

static void show_bias(gd_tape *tape)
{
    gd_tensor *x = leaf(tape, x_data, GD_DIMS(ROWS, COLUMNS));
    gd_tensor *b = leaf(tape, (const double[]){10, 20, 30}, GD_DIMS(COLUMNS));
    gd_tensor *u = gd_from_data(tape, GD_F64, u_data, GD_DIMS(ROWS, COLUMNS));
    gd_tensor *y = gd_add(tape, x, b);
    gd_tensor *loss = gd_sum(tape, gd_mul(tape, y, u), GD_ALL_DIMS, false);
    gd_retain_grad(tape, y);
    must(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
    show("x", x);
    show("b", b);
    show("y = x + b", y);
    printf("\n");
    show("u", u);
    show("loss", loss);
    printf("\n");
    show("dy", y->grad);
    show("db", b->grad);
    printf("\nloss with b[0] = 10     %g\n", loss_of(10));
    printf("loss with b[0] = 10.1   %g, change per unit: %g\n\n", loss_of(10.1),
           (loss_of(10.1) - loss_of(10)) / 0.1);
}

/* A column times a row: both are repeated. */
static void show_table(gd_tape *tape)
{
    gd_tensor *c = leaf(tape, (const double[]){2, 5}, GD_DIMS(ROWS, 1));
    gd_tensor *r = leaf(tape, (const double[]){1, 10, 100}, GD_DIMS(COLUMNS));
    gd_tensor *u = gd_from_data(tape, GD_F64, u_data, GD_DIMS(ROWS, COLUMNS));
    gd_tensor *z = gd_mul(tape, c, r);
    gd_tensor *loss = gd_sum(tape, gd_mul(tape, z, u), GD_ALL_DIMS, false);
    must(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
    show("c", c);
    show("r", r);
    show("z = c r", z);
    show("dc", c->grad);
    show("dr", r->grad);
}

/* dy [2,3], folded down into db [3] and to the right into the gradient of a column [2,1]. */
static void draw(const char *path)
{
    FILE *file = picture_begin(path, 520, 290, "dy folds down into db, and right into a column");
    double down[COLUMNS] = {0}, right[ROWS] = {0};
    picture_text(file, "head", 130, 20, "dy [2,3]");
    for (int i = 0; i < ROWS; ++i)
        for (int j = 0; j < COLUMNS; ++j) {
            double g = u_data[i * COLUMNS + j];
            down[j] += g;
            right[i] += g;
            picture_box(file, "value", 40 + 60 * j, 35 + 50 * i, 60, 50, "%g", g);
        }
    for (int j = 0; j < COLUMNS; ++j) {
        picture_arrow(file, "now", 70 + 60 * j, 140, 70 + 60 * j, 185);
        picture_box(file, "now", 40 + 60 * j, 190, 60, 50, "%g", down[j]);
    }
    for (int i = 0; i < ROWS; ++i) {
        picture_arrow(file, "now", 228, 60 + 50 * i, 275, 60 + 50 * i);
        picture_box(file, "now", 280, 35 + 50 * i, 60, 50, "%g", right[i]);
    }
    picture_text(file, "", 145, 265, "for an operand [3]: each column summed");
    picture_text(file, "", 430, 80, "for an operand [2,1]:");
    picture_text(file, "", 430, 100, "each row summed");
    picture_end(file);
}

int main(int argc, char **argv)
{
    gd_tape *tape = gd_tape_create(), *second = gd_tape_create();
    must(tape != NULL && second != NULL, gd_message());
    example_trace(__FILE__, tape, NULL);
    show_bias(tape);
    show_table(second);
    printf("\n");
    gd_tape_print(tape, stdout);
    example_trace_end();
    gd_tape_destroy(second);
    gd_tape_destroy(tape);
    if (argc > 1)
        draw(argv[1]);
    return 0;
}
