/* Chapter 4: a product of matrices by its indices, and a hidden layer that learns xor. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

static const double a_data[] = {1, 2, 3, 4, 5, 6}, b_data[] = {1, 0, 2, 1, -1, 3};
static const double u_data[] = {1, 2, 0, -1};

static gd_tensor *leaf(const double *data, int64_t rows, int64_t columns)
{
    gd_tensor *x = gd_tensor_create_from_data(GD_F64, data, GD_DIMS(rows, columns));
    must(x != NULL, gd_message());
    x->requires_grad = true;
    return x;
}

/* A grid of numbers with its name above; one row or column, or one cell, is lit. */
static void grid(FILE *file, const char *name, int left, int top, const double *data, int rows,
                 int columns, int row, int column)
{
    picture_text(file, "head", left + 22 * columns, top - 8, "%s", name);
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j) {
            bool lit = (row < 0 || i == row) && (column < 0 || j == column);
            picture_box(file, lit ? "now" : "value", left + 44 * j, top + 40 * i, 44, 40, "%g",
                        data[columns * i + j]);
        }
}

/* How C[0][1] = 11 comes about, and its way back: dA[0][1]. */
static void draw(const char *path, const gd_tensor *c, const gd_tensor *da)
{
    FILE *file =
        picture_begin(path, 460, 350, "a row and a column for C[0][1], two rows for dA[0][1]");
    grid(file, "A", 20, 40, a_data, 2, 3, 0, -1);
    grid(file, "B", 200, 40, b_data, 3, 2, -1, 1);
    grid(file, "C = A B", 340, 40, c->data, 2, 2, 0, 1);
    grid(file, "dC", 20, 220, u_data, 2, 2, 0, -1);
    grid(file, "B", 200, 220, b_data, 3, 2, 1, -1);
    grid(file, "dA = dC B^T", 310, 220, da->data, 2, 3, 0, 1);
    picture_end(file);
}

static void show_product(gd_tape *tape, const char *path)
{
    gd_tensor *a = leaf(a_data, 2, 3), *b = leaf(b_data, 3, 2);
    gd_tensor *u = gd_from_data(tape, GD_F64, u_data, GD_DIMS(2, 2));
    gd_tensor *c = gd_matmul(tape, a, b);
    gd_backward_options options = {.gradient = u}; /* d loss / d C is u */
    must(gd_backward_with(tape, c, &options) == GD_OK, gd_tape_message(tape));
    show("A [2,3]", a);
    show("B [3,2]", b);
    show("C = A B", c);
    printf("\n");
    show("dC", u);
    show("dA", a->grad);
    show("dB", b->grad);
    printf("\n");
    show("dC B^T", gd_matmul(tape, u, gd_transpose(tape, b, 0, 1)));
    show("A^T dC", gd_matmul(tape, gd_transpose(tape, a, 0, 1), u));
    if (path != NULL)
        draw(path, c, a->grad);
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
}

/* ---- xor ---- */

/* What is learnt: two layers, or one if hidden is 0. */
typedef struct model {
    gd_parameters *parameters;
    gd_tensor *w1, *b1, *w2, *b2;
} model;

static model make_model(int64_t hidden)
{
    model m = {.parameters = gd_parameters_create()};
    gd_rng rng = {.key = 3};
    if (hidden > 0) {
        m.w1 = gd_parameters_add(m.parameters, "w1", GD_F64, GD_DIMS(hidden, 2));
        m.b1 = gd_parameters_add(m.parameters, "b1", GD_F64, GD_DIMS(hidden));
        must(m.b1 != NULL && gd_tensor_normal(m.w1, &rng, 0, 1) == GD_OK, gd_message());
    }
    m.w2 = gd_parameters_add(m.parameters, "w2", GD_F64, GD_DIMS(1, hidden > 0 ? hidden : 2));
    m.b2 = gd_parameters_add(m.parameters, "b2", GD_F64, GD_DIMS(1));
    must(m.b2 != NULL && gd_tensor_normal(m.w2, &rng, 0, 1) == GD_OK, gd_message());
    return m;
}

/* x [4,2] -> [4,1] */
static gd_tensor *predict(gd_tape *tape, const model *m, gd_tensor *x)
{
    if (m->w1 != NULL)
        x = gd_tanh(tape, gd_linear(tape, x, m->w1, m->b1));
    return gd_linear(tape, x, m->w2, m->b2);
}

static void train(gd_tape *tape, const char *name, int64_t hidden)
{
    model m = make_model(hidden);
    gd_optimizer *sgd =
        gd_sgd_create(m.parameters, &(gd_sgd_options){.learning_rate = GD_SOME(0.2)});
    must(sgd != NULL, gd_message());
    gd_tape_reset(tape);
    if (hidden > 0)
        example_trace(__FILE__, tape, m.parameters);
    printf("\n%s\n", name);
    for (int step = 0; step <= 200; ++step) {
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(sgd);
        gd_tensor *x =
            gd_from_data(tape, GD_F64, (const double[]){0, 0, 0, 1, 1, 0, 1, 1}, GD_DIMS(4, 2));
        gd_tensor *y = gd_from_data(tape, GD_F64, (const double[]){0, 1, 1, 0}, GD_DIMS(4, 1));
        gd_tensor *prediction = predict(tape, &m, x);
        gd_tensor *error = gd_sub(tape, prediction, y);
        gd_tensor *loss = gd_mean(tape, gd_mul(tape, error, error), GD_ALL_DIMS, false);
        must(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
        must(gd_optimizer_step(sgd) == GD_OK, gd_message());
        const double *p = prediction->data;
        if (step == 0 || step == 50 || step == 200)
            printf("step %3d   loss %.4f   predicts %6.3f %6.3f %6.3f %6.3f\n", step, gd_item(loss),
                   p[0], p[1], p[2], p[3]);
    }
    example_trace_end();
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(m.parameters);
}

int main(int argc, char **argv)
{
    gd_tape *tape = gd_tape_create();
    must(tape != NULL, gd_message());
    show_product(tape, argc > 1 ? argv[1] : NULL);
    train(tape, "one layer", 0);
    train(tape, "a hidden layer of 4", 4);
    gd_tape_destroy(tape);
    return 0;
}
