/* Chapter 8: many labels at once, sequences of different lengths, and what must not count. */
#include "docs/book/picture.h"
#include "docs/book/show.h"
#include "examples/common/example.h"

#include <gradus.h>

#include <math.h>

enum { ROWS = 2, COLUMNS = 5 };

typedef gd_binary_cross_entropy_with_logits_options loss_options;

static const double logits[] = {.9992,   -.0551,  -.7823, 2.4850, -.5739,
                                -1.1502, -1.8042, -.6534, .5632,  -.9339};
static const double targets[] = {0, 1, 1, 0, 0, 1, 1, 0, 0, 1};
static const uint8_t kept[] = {1, 1, 1, 1, 0, 1, 1, 1, 0, 0};

static gd_tensor *input(gd_tape *tape, const double *data)
{
    gd_tensor *x = gd_from_data(tape, GD_F64, data, GD_DIMS(ROWS, COLUMNS));
    must(x != NULL, gd_tape_message(tape));
    x->requires_grad = true;
    return x;
}

static gd_tensor *gradient(gd_tape *tape, gd_tensor *loss, gd_tensor *x)
{
    gd_tensor *g;
    must(gd_grad(tape, loss, &x, 1, &g, NULL) == GD_OK, gd_tape_message(tape));
    return g;
}

static void show_labels(gd_tape *tape)
{
    gd_tensor *z = input(tape, logits), *y = input(tape, targets);
    loss_options none = {.reduction = GD_REDUCTION_NONE};
    show("z", z);
    show("y", y);
    show("p", gd_sigmoid(tape, z));
    show("each", gd_binary_cross_entropy_with_logits(tape, z, y, &none));
    show("mean", gd_binary_cross_entropy_with_logits(tape, z, y, NULL));
}

static void show_masked(gd_tape *tape, FILE *file)
{
    gd_tape_reset(tape);
    example_trace(__FILE__, tape, NULL);
    gd_tensor *z = input(tape, logits), *y = input(tape, targets);
    gd_tensor *mask = gd_from_data(tape, GD_BOOL, kept, GD_DIMS(ROWS, COLUMNS));
    loss_options none = {.reduction = GD_REDUCTION_NONE};
    gd_tensor *each = gd_binary_cross_entropy_with_logits(tape, z, y, &none);
    gd_tensor *selected = gd_masked_select(tape, each, mask);
    gd_tensor *sum = gd_sum(tape, selected, GD_ALL_DIMS, false);
    gd_tensor *mean = gd_mean(tape, selected, GD_ALL_DIMS, false);
    gd_tensor *dz = gradient(tape, mean, z);
    example_trace_end();
    printf("\n");
    show("mask", mask);
    show("selected", selected);
    show("sum", sum);
    show("mean", mean);
    show("dz", dz);
    gd_tensor *zeros = gd_mul(tape, each, gd_cast(tape, mask, GD_F64));
    printf("\nsum / 7, what masked_select gives      %.4f\n", gd_item(mean));
    printf("sum / 10, zeros in place of padding    %.4f\n",
           gd_item(gd_mean(tape, zeros, GD_ALL_DIMS, false)));
    printf("mean of all 10, padding counted        %.4f\n",
           gd_item(gd_mean(tape, each, GD_ALL_DIMS, false)));
    int count = 0;
    for (int i = 0; file != NULL && i < ROWS * COLUMNS; ++i) {
        double x = 20 + 100 * (i % COLUMNS), top = 20 + 90 * (i / COLUMNS);
        if (kept[i]) {
            picture_box(file, "value", x, top, 100, 50, "%.3f", ((double *)each->data)[i]);
            picture_text(file, "soft", x + 50, top + 70, "%d", ++count);
        } else
            picture_box(file, "off", x, top, 100, 50, "%s", "");
    }
    if (file != NULL)
        picture_text(file, "head", 270, 215, "sum %.3f / %d = %.4f", gd_item(sum), count,
                     gd_item(mean));
}

/* The padding holds NaN: three ways to leave it out. */
static void show_nan(gd_tape *tape)
{
    double holes[ROWS * COLUMNS], count;
    for (int i = 0; i < ROWS * COLUMNS; ++i)
        holes[i] = kept[i] ? logits[i] : (double)NAN;
    gd_tape_reset(tape);
    gd_tensor *z = input(tape, holes), *y = input(tape, targets);
    gd_tensor *mask = gd_from_data(tape, GD_BOOL, kept, GD_DIMS(ROWS, COLUMNS));
    loss_options none = {.reduction = GD_REDUCTION_NONE};
    loss_options with_mask = {.mask = mask, .count_out = &count};
    gd_tensor *each = gd_binary_cross_entropy_with_logits(tape, z, y, &none);
    gd_tensor *by_zero =
        gd_sum(tape, gd_mul(tape, each, gd_cast(tape, mask, GD_F64)), GD_ALL_DIMS, false);
    gd_tensor *by_select = gd_mean(tape, gd_masked_select(tape, each, mask), GD_ALL_DIMS, false);
    gd_tensor *by_mask = gd_binary_cross_entropy_with_logits(tape, z, y, &with_mask);
    printf("\n");
    show("each", each);
    show("times 0", by_zero);
    show("selected", by_select);
    show("its dz", gradient(tape, by_select, z));
    show("option", by_mask);
    show("its dz", gradient(tape, by_mask, z));
    printf("count_out  %8g\n", count);
}

/* Two batches, of 4 and of 3 real elements: their means and the mean of all. */
static void show_batches(gd_tape *tape)
{
    double sums[2] = {0};
    gd_tape_reset(tape);
    gd_tensor *z = input(tape, logits), *y = input(tape, targets);
    loss_options none = {.reduction = GD_REDUCTION_NONE};
    const double *each = gd_binary_cross_entropy_with_logits(tape, z, y, &none)->data;
    for (int i = 0; i < ROWS * COLUMNS; ++i)
        sums[i / COLUMNS] += kept[i] ? each[i] : 0;
    printf("\nmean of batch 1 (4 elements)   %.4f\n", sums[0] / 4);
    printf("mean of batch 2 (3 elements)   %.4f\n", sums[1] / 3);
    printf("mean of the two means          %.4f\n", (sums[0] / 4 + sums[1] / 3) / 2);
    printf("both sums / 7                  %.4f\n", (sums[0] + sums[1]) / 7);
}

int main(int argc, char **argv)
{
    FILE *file = argc > 1
                     ? picture_begin(argv[1], 540, 230, "losses, padding dark, the others counted")
                     : NULL;
    gd_tape *tape = gd_tape_create();
    must(tape != NULL, gd_message());
    show_labels(tape);
    show_masked(tape, file);
    show_batches(tape);
    show_nan(tape);
    gd_tape_destroy(tape);
    if (file != NULL)
        picture_end(file);
    return 0;
}
