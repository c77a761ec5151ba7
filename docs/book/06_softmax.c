/* Chapter 6: from any numbers to probabilities, and cross entropy as two nodes. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

#include <math.h>

static const double seed_logits[] = {.4, .3, .7, 1.2, .4, .6};

static gd_tensor *input(gd_tape *tape, gd_dtype dtype, const void *data, int64_t rows)
{
    gd_tensor *x = gd_from_data(tape, dtype, data, GD_DIMS(rows, 3));
    must(x != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    return x;
}

static void show_softmax(gd_tape *tape)
{
    gd_tensor *x = input(tape, GD_F64, seed_logits, 2);
    gd_tensor *p = gd_softmax(tape, x, 1);
    show("x", x);
    show("e^x", gd_exp(tape, x));
    show("p", p);
    show("ln p", gd_log(tape, p));
    gd_tensor *far = input(tape, GD_F64, (const double[]){1000, 999, 0}, 1);
    gd_tensor *e = gd_exp(tape, far);
    printf("\n");
    show("x", far);
    show("e^x", e);
    show("e^x / sum", gd_div(tape, e, gd_sum(tape, e, GD_DIMS(1), true)));
    show("softmax", gd_softmax(tape, far, 1));
    show("its log", gd_log_softmax(tape, far, 1));
}

/* Two nodes, their values and gradients, and the same in one call. */
static void show_two_nodes(gd_tape *tape, FILE *file)
{
    gd_cross_entropy_options none = {.reduction = GD_REDUCTION_NONE},
                             sum = {.reduction = GD_REDUCTION_SUM};
    gd_tape_reset(tape);
    example_trace(__FILE__, tape, NULL);
    gd_tensor *x = input(tape, GD_F64, seed_logits, 2);
    gd_tensor *y = gd_from_data(tape, GD_I64, (const int64_t[]){2, 1}, GD_DIMS(2));
    gd_tensor *l = gd_log_softmax(tape, x, 1);
    gd_retain_grad(tape, l);
    gd_tensor *loss = gd_nll_loss(tape, l, y, &sum);
    must(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
    example_trace_end();
    printf("\n");
    show("L", l);
    show("y", y);
    show("each", gd_nll_loss(tape, l, y, &none));
    show("the same", gd_cross_entropy(tape, x, y, &none));
    show("mean", gd_cross_entropy(tape, x, y, NULL));
    printf("\n");
    show("dL", l->grad);
    show("p", gd_softmax(tape, x, 1));
    show("dx", x->grad);
    if (file == NULL)
        return;
    const double *lv = l->data, *dl = l->grad->data, *dx = x->grad->data, *xv = x->data;
    picture_box(file, "value", 20, 40, 180, 40, "x: %.2g %.2g %.2g", xv[0], xv[1], xv[2]);
    picture_box(file, "value", 260, 40, 200, 40, "L: %.2f %.2f %.2f", lv[0], lv[1], lv[2]);
    picture_box(file, "value", 520, 40, 110, 40, "loss: %.2f", -lv[2]);
    picture_arrow(file, "value", 200, 60, 258, 60);
    picture_arrow(file, "value", 460, 60, 518, 60);
    picture_text(file, "soft", 230, 30, "log_softmax");
    picture_text(file, "soft", 490, 30, "nll_loss");
    picture_box(file, "gradient", 520, 130, 110, 40, "1");
    picture_box(file, "gradient", 260, 130, 200, 40, "dL: %g %g %g", dl[0], dl[1], dl[2]);
    picture_box(file, "gradient", 20, 130, 180, 40, "dx: %.2f %.2f %.2f", dx[0], dx[1], dx[2]);
    picture_arrow(file, "gradient", 520, 150, 462, 150);
    picture_arrow(file, "gradient", 260, 150, 202, 150);
    picture_text(file, "soft", 360, 192, "one rule after the other");
    picture_arrow(file, "now", 575, 170, 575, 222);
    picture_arrow(file, "now", 520, 240, 202, 240);
    picture_box(file, "now", 20, 220, 180, 40, "p - onehot(y), the same");
    picture_box(file, "now", 520, 220, 110, 40, "1");
    picture_text(file, "soft", 360, 262, "straight through");
}

/* A model that is sure: the right class is ahead by `lead`, in float32. */
static void show_sure(gd_tape *tape, float lead)
{
    gd_tape_reset(tape);
    gd_tensor *x = input(tape, GD_F32, (const float[]){lead, 0, 0}, 1), *loss, *own, *through;
    gd_tensor *y = gd_from_data(tape, GD_I64, (const int64_t[]){0}, GD_DIMS(1));
    gd_tensor *p = gd_softmax(tape, x, 1), *l = gd_log_softmax(tape, x, 1);
    gd_tensor *view = gd_reshape(tape, l, GD_DIMS(1, 3)); /* between: no way through */
    loss = gd_nll_loss(tape, l, y, NULL);
    gd_grad(tape, loss, &x, 1, &through, NULL);
    gd_grad(tape, gd_nll_loss(tape, view, y, NULL), &x, 1, &own, NULL);
    must(gd_tape_status(tape) == GD_OK, gd_tape_message(tape));
    const float *pv = p->data, *g = through->data;
    float by_hand = pv[0] - 1;
    printf("%4g   %10.3g   %10.3g   %10.3g   %10.3g\n", (double)lead, gd_item(loss),
           (double)by_hand, (double)((const float *)own->data)[0], (double)g[0]);
}

int main(int argc, char **argv)
{
    FILE *file =
        argc > 1 ? picture_begin(argv[1], 650, 280, "two rules, or one way through") : NULL;
    gd_tape *tape = gd_tape_create();
    must(tape != NULL, gd_message());
    show_softmax(tape);
    show_two_nodes(tape, file);
    printf("\nlead   loss         p_y - 1      two rules    through\n");
    show_sure(tape, 5);
    show_sure(tape, 15);
    show_sure(tape, 20);
    gd_tape_destroy(tape);
    if (file != NULL)
        picture_end(file);
    return 0;
}
