/* Every loss in float32 against its exact value and gradients, tests/fixtures/exact_losses.txt:
 * at most 1 ULP and 2 for nodes, 8 for what is made of ops, wherever no terms cancel. */
#include "../cmocka_all.h"
#include "../comparing.h"
#include "table.h"
#include "tests.h"

#include <math.h>
#include <string.h>

/* Where float32 terms cancel, units in the last place are those of the largest term. A regime of
 * NULL: all; "value", or the tensor whose gradient it is. */
typedef struct cancelling {
    const char *loss, *regime, *what, *reason;
    double terms;
} cancelling;

static const char two_units[] = "two unit vectors cancel", distances[] = "distances cancel",
                  variances[] = "1 / (2 v) and d^2 / (2 v^2) cancel",
                  probabilities[] = "Q p - q cancels", rates[] = "r, y ln r and ln y! cancel";

static const cancelling cancels[] = {
    {"cross_entropy", NULL, "input", probabilities, 0.1},
    {"multi_margin_loss", NULL, "input", "margin - x_y + x_c cancels, where p is 2", 1},
    {"poisson_nll_loss", "normal", "value", rates, 1},
    {"poisson_nll_loss", "large", "value", rates, 1e5},
    {"poisson_nll_loss", "normal", "input", "e^x and y cancel", 1},
    {"poisson_nll_loss", "large", "input", "e^x and y cancel", 1e4},
    {"poisson_nll_loss", "normal", "target", "ln r and ln y cancel", 1},
    {"poisson_nll_loss", "large", "target", "ln r and ln y cancel", 10},
    {"gaussian_nll_loss", NULL, "value", "ln v and d^2 / v cancel", 4},
    {"gaussian_nll_loss", "normal", "var", variances, 1},
    {"gaussian_nll_loss", "offset", "var", variances, 1},
    {"gaussian_nll_loss", "sharp", "var", variances, 5},
    {"gaussian_nll_loss", "far", "var", variances, 1e-3},
    {"triplet_margin_loss", "normal", "value", distances, 4},
    {"triplet_margin_loss", "offset", "value", distances, 4},
    {"triplet_margin_loss", "large", "value", distances, 4e6},
    {"triplet_margin_loss", NULL, NULL, two_units, 1},
};

static double terms_of(const loss_case *c, const char *what)
{
    for (size_t k = 0; k < sizeof cancels / sizeof *cancels; ++k) {
        const cancelling *l = &cancels[k];
        bool is_gradient = l->what == NULL && strcmp(what, "value") != 0;
        if (strcmp(l->loss, c->loss) == 0 &&
            (l->regime == NULL || strcmp(l->regime, c->regime) == 0) &&
            (is_gradient || (l->what != NULL && strcmp(l->what, what) == 0)))
            return l->terms;
    }
    return 0;
}

static int wrong;

static void compare(const loss_row *row, const loss_case *c, const char *what,
                    const gd_tensor *actual, const gd_tensor *exact)
{
    char label[120];
    bool is_value = strcmp(what, "value") == 0;
    nearness near = {.ulps = !row->is_node ? 8 : is_value ? 1 : 2, .terms = terms_of(c, what)};
    snprintf(label, sizeof label, "exact_losses.txt:%d: %s, %s: %s", c->line, c->loss, c->regime,
             what);
    wrong += count_differences(label, actual, exact, near) != 0;
}

static void check(const loss_case *c)
{
    const loss_row *row = row_of(c->loss);
    gd_tape *tape = gd_tape_create();
    loss_call call = call_of(tape, c, GD_F32, false);
    gd_tensor *out = called(row, &call);
    gd_tensor *ones = gd_ones(tape, GD_F32, out->ndim, out->shape);
    compare(row, c, "value", out, c->out);
    for (int k = 0; k < c->n_tensors; ++k)
        if (c->tensors[k].grad != NULL)
            compare(row, c, c->tensors[k].name, gradient_of(&call, out, k, ones),
                    c->tensors[k].grad);
    gd_tape_destroy(tape);
}

static void test_exact(void **state)
{
    (void)state;
    wrong = 0;
    each_case_of("exact_losses.txt", check);
    assert_int_equal(wrong, 0);
}

/* ---- every loss is there */

static bool is_there[40];

static void see(const loss_case *c)
{
    is_there[row_of(c->loss) - loss_table] = true;
}

/* nll_loss and the masks only move numbers; log_softmax is in accuracy.c, with more rows. */
static void check_there(const loss_row *row)
{
    static const char *const others[] = {"nll_loss", "masked_select", "masked_scatter",
                                         "log_softmax"};
    bool is_exempt = false;
    for (size_t k = 0; k < sizeof others / sizeof *others; ++k)
        is_exempt |= strcmp(row->name, others[k]) == 0;
    if (!is_exempt && !is_there[row - loss_table])
        fail_msg("%s has no case in exact_losses.txt", row->name);
}

static void test_every_loss_is_there(void **state)
{
    (void)state;
    memset(is_there, 0, sizeof is_there);
    each_case_of("exact_losses.txt", see);
    each_row(check_there);
}

/* ---- sums do not drift */

static void test_means(void **state)
{
    (void)state;
    enum { MANY = 1000000 };
    gd_tape *tape = gd_tape_create();
    gd_rng rng = {.key = 6};
    gd_tensor *x = gd_zeros(tape, GD_F32, GD_DIMS(MANY)),
              *y = gd_zeros(tape, GD_F32, GD_DIMS(MANY));
    gd_tensor_uniform(x, &rng, 0, 1);
    gd_tensor_uniform(y, &rng, 1, 2);
    long double distances_sum = 0, squares = 0;
    for (int64_t i = 0; i < MANY; ++i) {
        long double d = (long double)element(x, i) - (long double)element(y, i);
        distances_sum += fabsl(d);
        squares += d * d;
    }
    double l1 = gd_item(gd_l1_loss(tape, x, y, NULL)), l2 = gd_item(gd_mse_loss(tape, x, y, NULL));
    double huber =
        gd_item(gd_huber_loss(tape, x, y, &(gd_huber_loss_options){.delta = GD_SOME(9)}));
    const double ulp = 0x1p-24; /* of results in [0.5, 1) */
    assert_true(fabs(l1 - (double)(distances_sum / MANY)) <= 2 * ulp);
    assert_true(fabs(l2 - (double)(squares / MANY)) <= 2 * ulp);
    assert_true(fabs(huber - (double)(squares / MANY) / 2) <= 2 * ulp);
    gd_tape_destroy(tape);
}

int exact_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exact),
                                       cmocka_unit_test(test_every_loss_is_there),
                                       cmocka_unit_test(test_means)};
    return cmocka_run_group_tests_name("exact values", tests, NULL, NULL);
}
