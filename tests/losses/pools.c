/* Every loss of the table, its cases' rows repeated until there are enough to cut: value and
 * gradients have the same bits with any number of threads. */
#include "../cmocka_all.h"
#include "../same_bits.h"
#include "table.h"
#include "tests.h"

#include <string.h>

/* x's rows, repeated; yours. */
static gd_tensor *repeated(const gd_tensor *x, int64_t times)
{
    int64_t shape[GD_MAX_DIMS] = {0};
    for (int k = 0; k < x->ndim; ++k)
        shape[k] = x->shape[k] * (k == 0 ? times : 1);
    gd_tensor *all = gd_tensor_create(x->dtype, x->ndim, shape);
    for (int64_t i = 0; i < times; ++i) {
        gd_tensor part = *all;
        if (x->ndim > 0)
            part = gd_tensor_slice(all, 0, i * x->shape[0], (i + 1) * x->shape[0], 1);
        assert_int_equal(gd_tensor_copy(&part, x), GD_OK);
    }
    all->requires_grad = x->requires_grad;
    return all;
}

/* Tensors of the call's own. Those with as many rows as the first one are repeated; weights have
 * one for each class. */
static void repeat_rows(loss_call *call)
{
    int64_t rows = call->x[0]->shape[0], least = gd_tensor_numel(call->x[0]);
    for (int k = call->c.n_tensors - 1; k >= 0; --k) {
        const gd_tensor *x = call->x[k];
        bool has_rows = strstr(call->c.tensors[k].name, "weight") == NULL && x->ndim > 0;
        call->x[k] = repeated(x, has_rows && x->shape[0] == rows ? ENOUGH_TO_CUT / least + 1 : 1);
    }
    int mask = tensor_of(&call->c, "mask");
    call->common.mask = mask >= 0 ? call->x[mask] : NULL;
}

typedef struct running {
    const loss_row *row;
    loss_call call;
} running;

/* The value, then the gradient of each tensor that has one. */
static const gd_tensor *value_and_gradients(void *context, gd_pool *pool, int i)
{
    running *r = context;
    loss_call *c = &r->call;
    static gd_tensor *results[MOST_TENSORS + 2];
    if (i > 0)
        return results[i];
    memset(results, 0, sizeof results);
    gd_tape_reset(c->tape);
    gd_tape_set_pool(c->tape, pool);
    int count = 0;
    gd_tensor *y = results[count++] = called(r->row, c);
    gd_tensor *dy = gd_ones(c->tape, y->dtype, y->ndim, y->shape);
    for (int k = 0; k < c->c.n_tensors; ++k)
        if (c->x[k]->requires_grad)
            results[count++] = gradient_of(c, y, k, dy);
    return y;
}

static int checked[64]; /* cases of each row of the table */

static void check_case(const loss_case *c)
{
    const loss_row *row = row_of(c->loss);
    int *count = &checked[row - loss_table];
    gd_tape *memory = gd_tape_create(), *tape = gd_tape_create();
    running r = {.row = row, .call = call_of(memory, c, *count % 2 == 0 ? GD_F32 : GD_F64, false)};
    if (*count < 4 && r.call.x[0]->ndim > 0 && gd_tensor_numel(r.call.x[0]) > 0) {
        repeat_rows(&r.call);
        r.call.tape = tape;
        gd_tensor *y = row->call(&r.call); /* NULL: rows of this case mean something else */
        if (y != NULL) {
            ++*count;
            same_bits(row->name, value_and_gradients, &r);
        }
        for (int k = 0; k < c->n_tensors; ++k)
            gd_tensor_destroy(r.call.x[k]);
    }
    gd_tape_destroy(tape);
    gd_tape_destroy(memory);
}

static void test_same_bits(void **state)
{
    (void)state;
    assert_true(loss_rows <= (int)(sizeof checked / sizeof *checked));
    each_case(check_case);
    for (int k = 0; k < loss_rows; ++k)
        if (checked[k] == 0 && loss_table[k].kind != PLAIN) /* these are tested with the ops */
            fail_msg("%s: no case could be made large", loss_table[k].name);
}

int pools_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
    return cmocka_run_group_tests_name("pools", tests, NULL, NULL);
}
