/* Every op, over its own samples made large: the same bits with any number of threads. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "../same_bits.h"
#include "autograd/ops/op_list.h"
#include "tensor/internal.h"
#include "tests.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 256, MOST_SAMPLES = 3 /* of an op */ };

/* A sample whose sizes above 1 are `factor` times as large: shapes that were equal or could be
 * broadcast still are. */
static void enlarge(char large[LONGEST], const char *shapes, int64_t factor)
{
    size_t used = 0;
    for (const char *s = shapes; *s != '\0' && *s != ';';) {
        if (!isdigit((unsigned char)*s)) {
            large[used++] = *s++;
            continue;
        }
        char *end;
        int64_t size = strtoll(s, &end, 10);
        used += (size_t)snprintf(large + used, LONGEST - used, "%lld",
                                 (long long)(size > 1 ? size * factor : size));
        s = end;
        assert_true(used + 1 < LONGEST);
    }
    large[used] = '\0';
}

static int64_t largest_numel(const operands *o, const gd_tensor *y)
{
    int64_t most = gd_tensor_numel(y);
    for (int i = 0; i < o->n; ++i)
        if (o->x[i] != NULL && gd_tensor_numel(o->x[i]) > most)
            most = gd_tensor_numel(o->x[i]);
    return most;
}

/* Operands that are large enough, or not for this sample: not accepted, as where an attribute names
 * the sizes, or empty. */
static bool large_operands(const gd_op *op, const gd_sample *sample, gd_dtype dtype, operands *o,
                           char shapes[LONGEST])
{
    bool done = false, possible = true;
    for (int64_t factor = 2; possible && !done; factor += factor / 4 + 1) {
        enlarge(shapes, sample->shapes, factor);
        gd_sample large = {shapes, sample->attributes};
        gd_tape *tape = gd_tape_create();
        *o = operands_create(op, &large, dtype, 7);
        gd_tensor *y = gd_apply(tape, op, o->x, o->n, sample->attributes);
        int64_t numel = y != NULL ? largest_numel(o, y) : 0;
        done = numel >= ENOUGH_TO_CUT;
        possible = numel >= factor / 2 && operands_numel(o) > 0;
        gd_tape_destroy(tape);
        if (!done)
            operands_destroy(o);
    }
    return done;
}

typedef struct call {
    const gd_op *op;
    const gd_sample *sample;
    operands o;
    gd_tape *tape;
} call;

/* The value, then the gradient of each operand that has one, of random weights. */
static const gd_tensor *value_and_gradients(void *context, gd_pool *pool, int i)
{
    call *c = context;
    static gd_tensor *results[MOST_OPERANDS + 2];
    if (i > 0)
        return results[i];
    memset(results, 0, sizeof results);
    gd_tape_reset(c->tape);
    gd_tape_set_pool(c->tape, pool);
    int count = 0;
    gd_tensor *y = results[count++] =
        gd_apply(c->tape, c->op, c->o.x, c->o.n, c->sample->attributes);
    assert_non_null(y);
    if (c->op->grad == NULL || is_flat(c->op))
        return y;
    gd_tensor *weights = gd_zeros(c->tape, y->dtype, y->ndim, y->shape);
    gd_tensor_uniform(weights, &(gd_rng){.key = 3}, 0.5, 1.5);
    /* Twice: what is added to a gradient is cut, too. */
    for (int k = 0; k < c->o.n; ++k)
        if (c->o.x[k] != NULL)
            gd_zero_grad(c->o.x[k]);
    for (int times = 0; times < 2; ++times)
        if (gd_backward_with(c->tape, y,
                             &(gd_backward_options){.gradient = weights, .again = true}) != GD_OK)
            fail_msg("%s: %s", c->op->name, gd_tape_message(c->tape));
    for (int k = 0; k < c->o.n; ++k)
        if (c->o.x[k] != NULL && c->o.x[k]->grad != NULL)
            results[count++] = c->o.x[k]->grad;
    return y;
}

static int samples_of_op;

static void check_sample(const gd_op *op, const gd_sample *sample, gd_dtype dtype)
{
    char shapes[LONGEST], name[2 * LONGEST];
    call c = {.op = op, .sample = sample};
    if (!large_operands(op, sample, dtype, &c.o, shapes))
        return;
    ++samples_of_op;
    c.tape = gd_tape_create();
    snprintf(name, sizeof name, "%s of %s", op->name, shapes);
    same_bits(name, value_and_gradients, &c);
    gd_tape_destroy(c.tape);
    operands_destroy(&c.o);
}

static void check_op(const gd_op *op)
{
    samples_of_op = 0;
    for (calls c = {.row = op->samples}; samples_of_op < MOST_SAMPLES && next_call(&c);)
        check_sample(op, &c.call, samples_of_op % 2 == 0 ? GD_F32 : GD_F64);
    if (samples_of_op == 0 && op != &gd_op_unslice) /* whose attributes name the whole shape */
        fail_msg("%s: no sample could be made large", op->name);
}

static void test_same_bits(void **state)
{
    (void)state;
    each_op(check_op);
}

/* ---- sums whose rounding shows ---- */

/* Numbers of all sizes that cancel: what is left of their sum is the rounding on the way, which
 * tells in which order they were added. [2,columns] */
static gd_tensor *cancelling(gd_dtype dtype, int64_t columns)
{
    gd_tensor *x = gd_tensor_create(dtype, GD_DIMS(2, columns));
    gd_tensor *size = gd_tensor_create(GD_F64, GD_DIMS(columns));
    gd_tensor_uniform(size, &(gd_rng){.key = 5}, -90, 90);
    for (int64_t i = 0; i < columns; ++i) {
        int64_t pair = i < columns / 2 ? i : i - columns / 2;
        double value = (i == pair ? 1 : -1) * exp2(((const double *)size->data)[pair]);
        for (int64_t row = 0; row < 2; ++row)
            gd__set_float_at(dtype, x->data, row * columns + i, row == 0 ? value : -value);
    }
    gd_tensor_destroy(size);
    return x;
}

typedef struct summing {
    gd_tape *tape;
    gd_tensor *x;
} summing;

/* Of all; of each row; of each column of the transpose; means. */
static const gd_tensor *sums(void *context, gd_pool *pool, int i)
{
    const summing *s = context;
    gd_tape *t = s->tape;
    if (i == 0)
        gd_tape_reset(t);
    gd_tape_set_pool(t, pool);
    gd_tensor *transposed = gd_clone(t, gd_transpose(t, s->x, 0, 1));
    switch (i) {
    case 0:
        return gd_sum(t, s->x, GD_ALL_DIMS, false);
    case 1:
        return gd_sum(t, s->x, GD_DIMS(1), false);
    case 2:
        return gd_sum(t, transposed, GD_DIMS(0), false);
    case 3:
        return gd_mean(t, transposed, GD_ALL_DIMS, false);
    default:
        return NULL;
    }
}

static void test_order_of_sums(void **state)
{
    (void)state;
    for (gd_dtype dtype = GD_F32; dtype <= GD_F64; ++dtype) {
        summing s = {gd_tape_create(), cancelling(dtype, 3 * ENOUGH_TO_CUT)};
        same_bits("sums", sums, &s);
        gd_tensor_destroy(s.x);
        gd_tape_destroy(s.tape);
    }
}

int pools_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits),
                                       cmocka_unit_test(test_order_of_sums)};
    return cmocka_run_group_tests_name("pools", tests, NULL, NULL);
}
