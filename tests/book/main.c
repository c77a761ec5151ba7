/* The tape of the book beside Gradus: the same bits, but for the sign of a zero. (Gradus stores the
 * first contribution to a gradient, the book adds it to 0.) */
#include "docs/book/tape.h"
#include "tests/cmocka_all.h"

#include <gradus.h>

#include <math.h>

enum { LEAVES = 4, OPS = 12, PROGRAMS = 2000 };

/* The solution of exercise 1. */
double div_value(double a, double b);
double div_rule(double a, double b, double g, int operand);
static const op op_div = {"div", div_value, div_rule};

/* A random program: op k of both, of two of the numbers before. */
typedef struct call {
    int op, in[2];
} call;

static double uniform(gd_rng *rng)
{
    double value;
    gd_tensor *x = gd_tensor_create_borrowed(GD_F64, &value, 0, NULL);
    assert_int_equal(gd_tensor_uniform(x, rng, 0, 1), GD_OK);
    gd_tensor_destroy(x);
    return value;
}

/* Draws a program whose numbers are all finite, and runs it on the book's tape. */
static void run_ours(gd_rng *rng, tape *t, call *calls)
{
    static const op *const ops[] = {&op_add, &op_mul, &op_div};
    bool finite;
    do {
        t->count = 0;
        for (int i = 0; i < LEAVES; ++i)
            leaf(t, 4 * uniform(rng) - 2);
        for (int i = 0; i < OPS; ++i) {
            calls[i].op = (int)(3 * uniform(rng));
            for (int k = 0; k < 2; ++k)
                calls[i].in[k] = (int)(t->count * uniform(rng));
            apply(t, ops[calls[i].op], calls[i].in[0], calls[i].in[1]);
        }
        backward(t, t->count - 1);
        finite = true;
        for (int i = 0; i < t->count; ++i)
            finite &= isfinite(t->at[i].value) && isfinite(t->at[i].grad);
    } while (!finite);
}

static void assert_same_bits(const gd_tensor *x, double ours)
{
    if (ours == 0)
        assert_true(x == NULL || gd_item(x) == 0); /* NULL: root does not depend on it */
    else
        assert_memory_equal(x->data, &ours, sizeof ours);
}

static void test_same_bits(void **state)
{
    (void)state;
    gd_rng rng = {.key = 7};
    gd_tape *tape_of_gradus = gd_tape_create();
    int gradients = 0;
    for (int i = 0; i < PROGRAMS; ++i) {
        static tape t;
        call calls[OPS];
        gd_tensor *at[LEAVES + OPS];
        run_ours(&rng, &t, calls);
        gd_tape_reset(tape_of_gradus);
        for (int k = 0; k < LEAVES; ++k) {
            at[k] = gd_tensor_create_full(GD_F64, t.at[k].value, 0, NULL);
            at[k]->requires_grad = true;
        }
        for (int k = 0; k < OPS; ++k) {
            gd_tensor *a = at[calls[k].in[0]], *b = at[calls[k].in[1]];
            gd_tensor *y = calls[k].op == 0   ? gd_add(tape_of_gradus, a, b)
                           : calls[k].op == 1 ? gd_mul(tape_of_gradus, a, b)
                                              : gd_div(tape_of_gradus, a, b);
            at[LEAVES + k] = y;
            assert_int_equal(gd_retain_grad(tape_of_gradus, y), GD_OK);
        }
        assert_int_equal(gd_backward(tape_of_gradus, at[LEAVES + OPS - 1]), GD_OK);
        for (int k = 0; k < LEAVES + OPS; ++k) {
            assert_same_bits(at[k], t.at[k].value);
            assert_same_bits(at[k]->grad, t.at[k].grad);
            gradients += at[k]->grad != NULL;
        }
        for (int k = 0; k < LEAVES; ++k)
            gd_tensor_destroy(at[k]);
    }
    assert_true(gradients > PROGRAMS);
    gd_tape_destroy(tape_of_gradus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
