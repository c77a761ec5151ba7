/* Chapter 7: yes or no: from a probability, from a logit, and the digits that are lost between. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

enum { MOST_Z = 40 };

typedef gd_binary_cross_entropy_options bce_options;
typedef gd_binary_cross_entropy_with_logits_options logits_options;

static void show_two_losses(gd_tape *tape)
{
    gd_tensor *p = gd_from_data(tape, GD_F64, (const double[]){.3, .9}, GD_DIMS(2));
    gd_tensor *y = gd_from_data(tape, GD_F64, (const double[]){1, 0}, GD_DIMS(2));
    must(y != NULL, gd_tape_message(tape));
    p->requires_grad = true;
    gd_tensor *each =
        gd_binary_cross_entropy(tape, p, y, &(bce_options){.reduction = GD_REDUCTION_NONE});
    show("p", p);
    show("y", y);
    show("each", each);
    show("mean", gd_binary_cross_entropy(tape, p, y, NULL));
    gd_tensor *sum = gd_sum(tape, each, GD_ALL_DIMS, false);
    must(gd_backward(tape, sum) == GD_OK, gd_tape_message(tape));
    show("dp", p->grad);

    gd_tensor *z = gd_from_data(tape, GD_F64, (const double[]){2, 0}, GD_DIMS(1, 2));
    printf("\n");
    show("z, 0", z);
    show("softmax", gd_softmax(tape, z, 1));
    show("sigmoid", gd_sigmoid(tape, gd_scalar(tape, 2, GD_F64)));
}

/* Of one logit: both losses, and the gradient of each, in float32. */
typedef struct both {
    double p, from_p, from_z, own_rules, through, by_logit;
} both;

static double gradient(gd_tape *tape, gd_tensor *loss, gd_tensor *z)
{
    gd_tensor *g;
    must(gd_grad(tape, loss, &z, 1, &g, NULL) == GD_OK, gd_tape_message(tape));
    return gd_item(g);
}

static both both_of(gd_tape *tape, double value, double truth)
{
    gd_tape_reset(tape);
    gd_tensor *z = gd_scalar(tape, value, GD_F32), *y = gd_scalar(tape, truth, GD_F32);
    must(y != NULL, gd_tape_message(tape));
    z->requires_grad = true;
    gd_tensor *p = gd_sigmoid(tape, z);
    gd_tensor *view = gd_reshape(tape, p, 0, NULL); /* p again, as a view: no way through */
    gd_tensor *from_p = gd_binary_cross_entropy(tape, view, y, NULL);
    gd_tensor *direct = gd_binary_cross_entropy(tape, p, y, NULL);
    gd_tensor *from_z = gd_binary_cross_entropy_with_logits(tape, z, y, NULL);
    must(from_z != NULL, gd_tape_message(tape));
    return (both){.p = gd_item(p),
                  .from_p = gd_item(from_p),
                  .from_z = gd_item(from_z),
                  .own_rules = gradient(tape, from_p, z),
                  .through = gradient(tape, direct, z),
                  .by_logit = gradient(tape, from_z, z)};
}

/* z = 20 and y = 0, for a trace of the way through. */
static void trace_through(gd_tape *tape)
{
    gd_tape_reset(tape);
    example_trace(__FILE__, tape, NULL);
    gd_tensor *z = gd_scalar(tape, 20, GD_F32), *y = gd_scalar(tape, 0, GD_F32);
    must(y != NULL, gd_tape_message(tape));
    z->requires_grad = true;
    gd_tensor *p = gd_sigmoid(tape, z);
    gd_tensor *loss = gd_binary_cross_entropy(tape, p, y, NULL);
    must(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
    example_trace_end();
}

static void show_tails(gd_tape *tape)
{
    static const int z[] = {-30, -10, 0, 10, 17, 18, 20, 30, 40};
    for (int y = 0; y < 2; ++y) {
        printf("\ny = %d              loss                gradient dz\n", y);
        printf("  z         p    from p    from z  two rules   through    from z\n");
        for (int i = 0; i < 9; ++i) {
            both b = both_of(tape, z[i], y);
            printf("%3d %9.3g %9.3g %9.3g %10.3g %9.3g %9.3g\n", z[i], b.p, b.from_p, b.from_z,
                   b.own_rules, b.through, b.by_logit);
        }
    }
}

/* The gradient of BCE with logits, without and with pos_weight 3. */
static void show_pos_weight(gd_tape *tape)
{
    static const double z[] = {-2, 0, 2, -2, 0, 2}, y[] = {1, 1, 1, 0, 0, 0};
    gd_tape_reset(tape);
    gd_tensor *x = gd_from_data(tape, GD_F64, z, GD_DIMS(6));
    gd_tensor *target = gd_from_data(tape, GD_F64, y, GD_DIMS(6));
    must(target != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    printf("\n");
    show("z", x);
    show("y", target);
    for (int w = 1; w <= 3; w += 2) {
        logits_options options = {.reduction = GD_REDUCTION_SUM,
                                  .pos_weight = gd_scalar(tape, w, GD_F64)};
        gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, x, target, &options), *g;
        must(gd_grad(tape, loss, &x, 1, &g, NULL) == GD_OK, gd_tape_message(tape));
        show(w == 1 ? "dz" : "weight 3", g);
    }
}

/* One logit for 4 rows, one of which is a yes: what it is trained to. */
static void show_rare(gd_tape *tape)
{
    printf("\npos_weight   trained to p\n");
    for (int w = 1; w <= 3; w += 2) {
        double z = 0;
        for (int step = 0; step < 200; ++step) {
            gd_tape_reset(tape);
            gd_tensor *x = gd_full(tape, GD_F64, z, GD_DIMS(4)), *g;
            gd_tensor *y = gd_from_data(tape, GD_F64, (const double[]){1, 0, 0, 0}, GD_DIMS(4));
            must(y != NULL, gd_tape_message(tape));
            x->requires_grad = true;
            logits_options options = {.pos_weight = gd_scalar(tape, w, GD_F64)};
            gd_tensor *loss = gd_binary_cross_entropy_with_logits(tape, x, y, &options);
            must(gd_grad(tape, loss, &x, 1, &g, NULL) == GD_OK, gd_tape_message(tape));
            z -= gd_item(gd_sum(tape, g, GD_ALL_DIMS, false));
        }
        printf("%10d   %12.3f\n", w, gd_item(gd_sigmoid(tape, gd_scalar(tape, z, GD_F64))));
    }
}

/* Loss and gradient of both forms for y = 0. */
static void draw(const char *path, gd_tape *tape)
{
    static double z[MOST_Z + 1], y[4][MOST_Z + 1];
    for (int i = 0; i <= MOST_Z; ++i) {
        both b = both_of(tape, i, 0);
        z[i] = i;
        y[0][i] = b.from_z;
        y[1][i] = b.from_p;
        y[2][i] = b.by_logit;
        y[3][i] = b.own_rules;
    }
    const cli_series loss[] = {{"from z", z, y[0], MOST_Z + 1, 0, false},
                               {"from p", z, y[1], MOST_Z + 1, 1, true}};
    const cli_series slope[] = {{"from z", z, y[2], MOST_Z + 1, 0, false},
                                {"two rules", z, y[3], MOST_Z + 1, 1, true}};
    const cli_chart charts[] = {
        {.id = "loss",
         .title = "loss, y = 0, float32",
         .description = "from p it jumps to 100 between z = 17 and 18",
         .x_title = "z",
         .series = loss,
         .count = 2},
        {.id = "gradient",
         .title = "gradient dz, y = 0, float32: right is 1",
         .description = "from p, by one rule after the other, it leaves the truth",
         .x_title = "z",
         .series = slope,
         .count = 2},
    };
    picture_charts(path, charts, 2);
}

int main(int argc, char **argv)
{
    gd_tape *tape = gd_tape_create();
    must(tape != NULL, gd_message());
    show_two_losses(tape);
    trace_through(tape);
    show_tails(tape);
    show_pos_weight(tape);
    show_rare(tape);
    if (argc > 1)
        draw(argv[1], tape);
    gd_tape_destroy(tape);
    return 0;
}
