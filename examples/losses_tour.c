/* The classification losses, one after the other, on numbers small enough to check by hand: what
 * each computes, its gradient, and why the gradient is what it is.
 *
 * Run it and read along: each show_... below prints one section of the page. In all of them x is
 * what the model says, y is the truth, l is the loss, and a gradient is dl/dx: by how much the
 * loss grows where an element of x grows. main() comes last. */
#include "common/example.h"

#include <gradus.h>

#include <stdio.h>

/* ---- printing ---- */

static void show(gd_tape *tape, const char *name, const gd_tensor *x)
{
    example_check(x != NULL, gd_tape_message(tape));
    printf("%s\n", name);
    example_check(gd_tensor_fprint(stdout, x) == GD_OK, gd_message());
}

static void show_number(gd_tape *tape, const char *name, const gd_tensor *x)
{
    example_check(x != NULL, gd_tape_message(tape));
    printf("%s %.4f\n", name, gd_item(x));
}

/* dl/dx. A loss of several numbers is summed up first: its gradient is that of the sum. */
static gd_tensor *gradient(gd_tape *tape, gd_tensor *loss, gd_tensor *x)
{
    gd_tensor *sum = gd_sum(tape, loss, GD_ALL_DIMS, false), *g;
    example_check(gd_grad(tape, sum, &x, 1, &g, NULL) == GD_OK, gd_tape_message(tape));
    return g;
}

/* What the model says: a gradient is wanted. */
static gd_tensor *input(gd_tape *tape, const double *values, int64_t rows, int64_t columns)
{
    gd_tensor *x = gd_from_data(tape, GD_F64, values, GD_DIMS(rows, columns));
    example_check(x != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    return x;
}

/* ---- one class of several ---- */

static void show_nll_loss(gd_tape *tape)
{
    printf(
        "1. NEGATIVE LOG LIKELIHOOD   gd_nll_loss(tape, x, y, options)\n"
        "x holds the logarithm of a probability for each class, y the number of the right class.\n"
        "The loss of a row is -x[y]: nothing but what the model gave to the right class.\n\n");
    gd_tensor *x = input(tape, (double[]){.1, .3, .5, .2, .4, .6}, 2, 3);
    gd_tensor *y = gd_from_data(tape, GD_I64, (int64_t[]){2, 1}, GD_DIMS(2));
    gd_nll_loss_options none = {.reduction = GD_REDUCTION_NONE},
                        sum = {.reduction = GD_REDUCTION_SUM};
    show(tape, "x (any numbers will do to see how it works)", x);
    show(tape, "y", y);
    show(tape, "l of each row: -x[0][2] and -x[1][1]", gd_nll_loss(tape, x, y, &none));
    gd_tensor *mean = gd_nll_loss(tape, x, y, NULL);
    show_number(tape, "mean (the default)", mean);
    show_number(tape, "sum               ", gd_nll_loss(tape, x, y, &sum));
    show(tape, "gradient of the mean: -1/2 where y points, 0 elsewhere", gradient(tape, mean, x));
}

static void show_cross_entropy(gd_tape *tape)
{
    printf(
        "\n2. CROSS ENTROPY   gd_cross_entropy(tape, x, y, options)\n"
        "x holds logits: any numbers, the larger, the more probable. log_softmax makes logarithms\n"
        "of probabilities of them, L = x - ln(sum of e^x), and the negative log likelihood of "
        "those\n"
        "is the cross entropy. The two are one call, which is exact where e^x would overflow and\n"
        "where the probability of the right class rounds to 1.\n\n");
    gd_tensor *x = input(tape, (double[]){.4, .3, .7, 1.2, .4, .6}, 2, 3);
    gd_tensor *y = gd_from_data(tape, GD_I64, (int64_t[]){2, 1}, GD_DIMS(2));
    gd_cross_entropy_options none = {.reduction = GD_REDUCTION_NONE};
    gd_tensor *log_probabilities = gd_log_softmax(tape, x, 1);
    show(tape, "x", x);
    show(tape, "L = log_softmax(x)", log_probabilities);
    show(tape, "nll_loss(L, y), y = [2, 1]", gd_nll_loss(tape, log_probabilities, y, &none));
    gd_tensor *each = gd_cross_entropy(tape, x, y, &none);
    show(tape, "cross_entropy(x, y): the same", each);
    show_number(tape, "mean", gd_cross_entropy(tape, x, y, NULL));
    show(tape, "probabilities p = softmax(x)", gd_softmax(tape, x, 1));
    show(tape,
         "gradient of the sum: p, less 1 where y points. Each row sums to 0: what is taken\n"
         "from the wrong classes is given to the right one",
         gradient(tape, each, x));
}

/* ---- yes or no ---- */

static void show_binary_cross_entropy(gd_tape *tape)
{
    printf("\n3. BINARY CROSS ENTROPY   gd_binary_cross_entropy(tape, p, y, options)\n"
           "p is the probability of \"yes\"; y is 1 for yes, 0 for no. The loss is -ln p for a yes "
           "and\n"
           "-ln(1 - p) for a no: -(y ln p + (1 - y) ln(1 - p)).\n\n");
    gd_tensor *p = input(tape, (double[]){.3, .9}, 2, 1);
    gd_tensor *y = gd_from_data(tape, GD_F64, (double[]){1, 0}, GD_DIMS(2, 1));
    gd_binary_cross_entropy_options none = {.reduction = GD_REDUCTION_NONE};
    gd_binary_cross_entropy_options sum = {.reduction = GD_REDUCTION_SUM};
    show(tape, "p", p);
    show(tape, "y", y);
    gd_tensor *each = gd_binary_cross_entropy(tape, p, y, &none);
    show(tape, "l: -ln 0.3 and -ln 0.1", each);
    show_number(tape, "mean", gd_binary_cross_entropy(tape, p, y, NULL));
    show_number(tape, "sum ", gd_binary_cross_entropy(tape, p, y, &sum));
    show(tape, "gradient of the sum, (p - y) / (p (1 - p)): -1 / 0.3 and 1 / 0.1",
         gradient(tape, each, p));
}

/* Two samples with five labels each. */
static const double logits[] = {.9992,   -.0551,  -.7823, 2.4850, -.5739,
                                -1.1502, -1.8042, -.6534, .5632,  -.9339};
static const double targets[] = {0, 1, 1, 0, 0, 1, 1, 0, 0, 1};

static void show_multi_label(gd_tape *tape)
{
    printf(
        "\n4. MULTI-LABEL   gd_binary_cross_entropy_with_logits(tape, x, y, options)\n"
        "Two samples, five labels, each label true or not: a yes or no for every element. x holds\n"
        "logits, p = sigmoid(x) = 1 / (1 + e^-x).\n\n");
    gd_tensor *x = input(tape, logits, 2, 5);
    gd_tensor *y = gd_from_data(tape, GD_F64, targets, GD_DIMS(2, 5));
    gd_binary_cross_entropy_options each_p = {.reduction = GD_REDUCTION_NONE};
    gd_binary_cross_entropy_with_logits_options each = {.reduction = GD_REDUCTION_NONE};
    gd_binary_cross_entropy_with_logits_options sum = {.reduction = GD_REDUCTION_SUM};
    gd_tensor *p = gd_sigmoid(tape, x);
    show(tape, "x", x);
    show(tape, "y", y);
    show(tape, "p", p);
    show(tape, "binary_cross_entropy(p, y)", gd_binary_cross_entropy(tape, p, y, &each_p));
    gd_tensor *losses = gd_binary_cross_entropy_with_logits(tape, x, y, &each);
    show(tape, "binary_cross_entropy_with_logits(x, y): the same", losses);
    show_number(tape, "mean", gd_binary_cross_entropy_with_logits(tape, x, y, NULL));
    show_number(tape, "sum ", gd_binary_cross_entropy_with_logits(tape, x, y, &sum));
    show(tape, "gradient of the sum: p - y, nothing else is left of both derivatives",
         gradient(tape, losses, x));
}

/* One row of the table below: loss and gradient of one logit z, three ways. */
static void show_far_logit(gd_tape *tape, double value, double truth)
{
    gd_tensor *z = gd_scalar(tape, value, GD_F32), *y = gd_scalar(tape, truth, GD_F32);
    example_check(z != NULL && y != NULL, gd_tape_message(tape));
    z->requires_grad = true;
    gd_tensor *p = gd_sigmoid(tape, z);
    gd_tensor *between = gd_reshape(tape, p, 0, NULL); /* p again, but a view: two rules */
    gd_tensor *own = gd_binary_cross_entropy(tape, between, y, NULL);
    gd_tensor *through = gd_binary_cross_entropy(tape, p, y, NULL);
    gd_tensor *by_logit = gd_binary_cross_entropy_with_logits(tape, z, y, NULL);
    example_check(own != NULL && through != NULL && by_logit != NULL, gd_tape_message(tape));
    printf("%3g %2g   %10.3g %10.3g   %10.3g %10.3g %10.3g\n", value, truth, gd_item(through),
           gd_item(by_logit), gd_item(gradient(tape, own, z)), gd_item(gradient(tape, through, z)),
           gd_item(gradient(tape, by_logit, z)));
}

/* What is lost where p = sigmoid(z) comes near 1: in float32 the last p below 1 is 1 - 2^-24, and
 * from z = 25 ln 2 = 17.3 on p is 1. */
static void show_tail(gd_tape *tape)
{
    static const int logits_of_tail[] = {10, 15, 17, 18, 20, 30, 40};
    printf("\nWhere the sigmoid comes near 1, p no longer tells how large z is. In float32:\n\n"
           "               loss l              gradient dl/dz\n"
           "  z  y       from p     from z    two rules    through     from z\n");
    for (int truth = 0; truth < 2; ++truth)
        for (int i = 0; i < 7; ++i)
            show_far_logit(tape, logits_of_tail[i], truth);
    printf(
        "\nThe loss \"from p\" is binary_cross_entropy, made of p alone. Up to z = 17 it loses\n"
        "digits, and from z = 18 on p is 1: for y = 0 the loss is 100, where ln(1 - p) is cut "
        "off,\n"
        "and for y = 1 it is 0. The loss \"from z\" is right in every line:\n"
        "    max(z, 0) - y z + ln(1 + e^-|z|)\n\n"
        "The gradient should be sigmoid(z) - y. The two rules, of binary_cross_entropy and of\n"
        "sigmoid, divide by p (1 - p) and multiply by it again. At p = 1 the first divides by\n"
        "2^-25, and the second has the true slope, made of z: at z = 20 that leaves\n"
        "2.06e-9 / 2.98e-8 = 0.0692 for y = 0. For y = 1 the first rule has the factor p - y = 0.\n"
        "The harm is done at y = 0, where the model is wrong and cannot learn from it.\n\n"
        "So backward passes through the sigmoid, straight to z: the gradient is right, though the\n"
        "loss is not. (For the column \"two rules\" p is reshaped in between, and there is no way\n"
        "through.) Train on logits, with the loss \"from z\": then both are right.\n");
}

/* ---- leaving out ---- */

static void show_masked_select(gd_tape *tape)
{
    printf(
        "\n5. MASKED SELECT   gd_masked_select(tape, l, mask)\n"
        "Sequences of a batch have different lengths; what fills them up must not count. The mask "
        "is\n"
        "true where something is, and masked_select takes those elements, in reading order.\n\n");
    gd_tensor *x = input(tape, logits, 2, 5);
    gd_tensor *y = gd_from_data(tape, GD_F64, targets, GD_DIMS(2, 5));
    gd_tensor *mask =
        gd_from_data(tape, GD_BOOL, (uint8_t[]){1, 1, 1, 1, 0, 1, 1, 1, 0, 0}, GD_DIMS(2, 5));
    gd_binary_cross_entropy_with_logits_options none = {.reduction = GD_REDUCTION_NONE};
    gd_tensor *losses = gd_binary_cross_entropy_with_logits(tape, x, y, &none);
    show(tape, "mask: the first sequence is 4 long, the second 3", mask);
    gd_tensor *kept = gd_masked_select(tape, losses, mask);
    show(tape, "the losses of section 4 that it keeps", kept);
    show_number(tape, "their sum ", gd_sum(tape, kept, GD_ALL_DIMS, false));
    gd_tensor *mean = gd_mean(tape, kept, GD_ALL_DIMS, false);
    show_number(tape, "their mean", mean);
    show(tape, "gradient of that mean: 1/7 of (p - y), exactly 0 in the padding",
         gradient(tape, mean, x));
    double count;
    gd_binary_cross_entropy_with_logits_options own = {.mask = mask, .count_out = &count};
    gd_tensor *same = gd_binary_cross_entropy_with_logits(tape, x, y, &own);
    show_number(tape, "The loss takes the mask itself, too: the mean is", same);
    printf("and .count_out says over how many: %g. The padding may then hold anything, even NaN.\n",
           count);
}

int main(void)
{
    gd_tape *tape = gd_tape_create();
    example_check(tape != NULL, gd_message());
    show_nll_loss(tape);
    show_cross_entropy(tape);
    show_binary_cross_entropy(tape);
    show_multi_label(tape);
    show_tail(tape);
    show_masked_select(tape);
    gd_tape_destroy(tape);
    return 0;
}
