/* Views: each element is where index arithmetic says. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <string.h>

/* x[i0, i1, i2] of a 3-d view of int64. */
static int64_t at(const gd_tensor *x, int64_t i, int64_t j, int64_t k)
{
    return ((const int64_t *)x->data)[i * x->stride[0] + j * x->stride[1] + k * x->stride[2]];
}

/* 0..23 as [2,3,4]: element i,j,k is 12 i + 4 j + k. */
static int setup(void **state)
{
    gd_tensor *x = gd_tensor_create_arange(GD_I64, 0, 24, 1);
    static gd_tensor view;
    view = gd_tensor_reshape(x, GD_DIMS(2, -1, 4));
    view.next = x; /* to be destroyed */
    *state = &view;
    return x == NULL;
}

static int teardown(void **state)
{
    gd_tensor_destroy(((gd_tensor *)*state)->next);
    return 0;
}

static void test_transpose_and_permute(void **state)
{
    const gd_tensor *x = *state;
    gd_tensor t = gd_tensor_transpose(x, 0, -1), p = gd_tensor_permute(x, GD_DIMS(2, 0, -2));
    assert_true(t.shape[0] == 4 && t.shape[1] == 3 && t.shape[2] == 2);
    assert_true(p.shape[0] == 4 && p.shape[1] == 2 && p.shape[2] == 3);
    for (int64_t i = 0; i < 2; ++i)
        for (int64_t j = 0; j < 3; ++j)
            for (int64_t k = 0; k < 4; ++k) {
                assert_int_equal(at(x, i, j, k), 12 * i + 4 * j + k);
                assert_int_equal(at(&t, k, j, i), at(x, i, j, k));
                assert_int_equal(at(&p, k, i, j), at(x, i, j, k));
            }
}

static void test_slice(void **state)
{
    const gd_tensor *x = *state;
    gd_tensor s = gd_tensor_slice(x, 2, 1, 4, 2), from_end = gd_tensor_slice(x, -1, -2, 100, 1);
    assert_int_equal(s.shape[2], 2);
    assert_int_equal(at(&s, 1, 2, 1), 12 + 8 + 3);
    assert_int_equal(from_end.shape[2], 2);
    assert_int_equal(at(&from_end, 0, 0, 0), 2);
    gd_tensor none = gd_tensor_slice(x, 1, 3, 1, 1), far = gd_tensor_slice(x, 1, 0, 3, INT64_MAX);
    assert_int_equal(none.shape[1], 0);
    assert_int_equal(far.shape[1], 1);
    assert_int_equal(gd_tensor_slice(x, 1, 0, 1, 0).ndim, -1);
    assert_int_equal(gd_tensor_slice(x, 3, 0, 1, 1).ndim, -1);
    gd_tensor nested = gd_tensor_slice(&none, 1, 0, 0, 1);
    assert_int_equal(nested.shape[1], 0);
}

static void test_expand(void **state)
{
    const gd_tensor *x = *state;
    gd_tensor row = gd_tensor_slice(x, 1, 1, 2, 1),
              e = gd_tensor_expand(&row, GD_DIMS(5, 2, 3, -1));
    assert_true(e.ndim == 4 && e.shape[3] == 4 && e.stride[0] == 0 && e.stride[2] == 0);
    assert_int_equal(gd_tensor_numel(&e), 120);
    assert_int_equal(gd_tensor_expand(x, GD_DIMS(2, 6, 4)).ndim, -1);
    assert_non_null(strstr(gd_message(), "expand: [2,3,4] cannot become [2,6,4]"));
    assert_int_equal(gd_tensor_expand(x, GD_DIMS(3, 4)).ndim, -1);
    assert_int_equal(gd_tensor_expand(&row, GD_DIMS(-1, 2, 1, 4)).ndim, -1);
}

static void test_reshape(void **state)
{
    const gd_tensor *x = *state;
    gd_tensor t = gd_tensor_transpose(x, 0, 1); /* [3,2,4]: the last two are not one dimension */
    assert_int_equal(gd_tensor_reshape(&t, GD_DIMS(6, 4)).ndim, -1);
    assert_non_null(strstr(gd_message(), "copy it first"));
    gd_tensor split = gd_tensor_reshape(&t, GD_DIMS(3, 1, 2, 2, 2, 1));
    assert_int_equal(split.ndim, 6);
    for (int64_t n = 0; n < 24; ++n) { /* element by element, in row-major order */
        int64_t i = n / 8, j = n / 4 % 2, k = n / 2 % 2, l = n % 2;
        int64_t value = ((int64_t *)split.data)[i * split.stride[0] + j * split.stride[2] +
                                                k * split.stride[3] + l * split.stride[4]];
        assert_int_equal(value, at(&t, i, j, 2 * k + l));
    }
    gd_tensor s = gd_tensor_slice(x, 0, 0, 1, 1), merged = gd_tensor_reshape(&s, GD_DIMS(12));
    assert_int_equal(merged.shape[0], 12);
    assert_int_equal(gd_tensor_reshape(x, GD_DIMS(5, -1)).ndim, -1);
    assert_non_null(
        strstr(gd_message(), "reshape: [2,3,4] has 24 elements, which do not fill [5,-1]"));
    assert_int_equal(gd_tensor_reshape(x, GD_DIMS(-1, -1)).ndim, -1);
}

/* Where there are no elements every shape without elements can be seen, however x is laid out. */
static void test_reshape_of_nothing(void **state)
{
    const gd_tensor *x = *state;
    const int64_t none[][3] = {{0, 3, 1}, {2, 0, 4}, {5, 1, 0}};
    for (int dim = 0; dim < 3; ++dim) {
        gd_tensor turned = gd_tensor_permute(x, GD_DIMS(2, 0, 1)),
                  empty = gd_tensor_slice(&turned, dim, 0, 0, 1);
        assert_true(gd_tensor_is_contiguous(&empty));
        gd_tensor line = gd_tensor_reshape(&empty, GD_DIMS(0));
        assert_true(line.ndim == 1 && line.shape[0] == 0);
        for (int k = 0; k < 3; ++k) {
            gd_tensor seen = gd_tensor_reshape(&empty, 3, none[k]);
            assert_int_equal(seen.ndim, 3);
            assert_true(gd_tensor_numel(&seen) == 0 && seen.shape[1] == none[k][1]);
        }
        assert_int_equal(gd_tensor_reshape(&empty, GD_DIMS(1)).ndim, -1);
        assert_int_equal(gd_tensor_reshape(&empty, GD_DIMS(0, -1)).ndim, -1);
    }
    gd_tensor *rows = gd_tensor_create(GD_F32, GD_DIMS(4, 6));
    gd_tensor strided = gd_tensor_slice(rows, 1, 0, 6, 2),
              few = gd_tensor_slice(&strided, 0, 2, 2, 1);
    assert_true(few.shape[0] == 0 && few.shape[1] == 3 && few.stride[1] == 2);
    assert_int_equal(gd_tensor_reshape(&few, GD_DIMS(0)).ndim, 1);
    gd_tensor_destroy(rows);
}

static void test_failed_views_stay_failed(void **state)
{
    const gd_tensor *x = *state;
    gd_tensor failed = gd_tensor_transpose(x, 0, 7);
    assert_non_null(strstr(gd_message(), "transpose: dimension 7 of [2,3,4] does not exist"));
    gd_tensor nested = gd_tensor_slice(&failed, 0, 0, 1, 1);
    assert_int_equal(nested.ndim, -1);
    assert_non_null(strstr(gd_message(), "dimension 7"));
    assert_int_equal(gd_tensor_fill(&nested, 0), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_permute(x, GD_DIMS(0, 0, 1)).ndim, -1);
    assert_non_null(strstr(gd_message(), "is named twice"));
    assert_int_equal(gd_tensor_permute(x, GD_DIMS(0, 1)).ndim, -1);
}

/* A copy of a 3-d view holds what the view shows. */
static void check_copy(const gd_tensor *view)
{
    gd_tensor *copy = gd_tensor_create_copy(view);
    for (int64_t i = 0; i < view->shape[0]; ++i)
        for (int64_t j = 0; j < view->shape[1]; ++j)
            for (int64_t k = 0; k < view->shape[2]; ++k)
                assert_int_equal(at(copy, i, j, k), at(view, i, j, k));
    gd_tensor_destroy(copy);
}

enum { ORDERS = 6, PARTS = 64 };

/* A part of a 3-d x, with its dimensions in another order. */
static gd_tensor part_of(const gd_tensor *x, int order, int part)
{
    const int64_t orders[ORDERS][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    gd_tensor view = gd_tensor_permute(x, 3, orders[0]);
    for (int dim = 0; dim < 3; ++dim) {
        int64_t size = x->shape[dim];
        const int64_t bounds[][3] = {{0, size, 1}, {1, size, 1}, {0, size, 2}, {1, 2, 1}};
        const int64_t *b = bounds[part >> (2 * dim) & 3];
        view = gd_tensor_slice(&view, dim, b[0], b[1], b[2]);
    }
    return gd_tensor_permute(&view, 3, orders[order]);
}

/* Every order of the dimensions, of every part of them: what may be merged into one run and what
 * may not. */
static void check_all_copies(const gd_tensor *x)
{
    for (int order = 0; order < ORDERS; ++order)
        for (int part = 0; part < PARTS; ++part) {
            gd_tensor view = part_of(x, order, part);
            check_copy(&view);
            gd_tensor wide = gd_tensor_slice(&view, 1, 0, 1, 1);
            wide = gd_tensor_expand(&wide, GD_DIMS(-1, 3, -1));
            check_copy(&wide);
        }
}

/* In cubes a stride is often the product of another one and of a size that has nothing to do with
 * it. */
static void test_copies_of_views(void **state)
{
    check_all_copies(*state);
    for (int64_t size = 2; size <= 4; ++size) {
        gd_tensor *x = gd_tensor_create_arange(GD_I64, 0, (double)(size * size * size), 1);
        gd_tensor cube = gd_tensor_reshape(x, GD_DIMS(size, size, size));
        check_all_copies(&cube);
        gd_tensor_destroy(x);
    }
}

/* What is filled is the part and nothing else. */
static void test_fill_of_parts(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create(GD_I64, GD_DIMS(4, 4, 4));
    const int64_t *values = x->data;
    for (int order = 0; order < ORDERS; ++order)
        for (int part = 0; part < PARTS; ++part) {
            gd_tensor view = part_of(x, order, part);
            int64_t filled = 0;
            gd_tensor_fill(x, 0);
            assert_int_equal(gd_tensor_fill(&view, 1), GD_OK);
            for (int i = 0; i < 64; ++i)
                filled += values[i];
            assert_int_equal(filled, gd_tensor_numel(&view));
            for (int64_t i = 0; i < filled; ++i)
                assert_int_equal(at(&view, i / view.shape[2] / view.shape[1],
                                    i / view.shape[2] % view.shape[1], i % view.shape[2]),
                                 1);
        }
    gd_tensor_destroy(x);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int view_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_transpose_and_permute),
                                       TEST(test_slice),
                                       TEST(test_expand),
                                       TEST(test_reshape),
                                       TEST(test_reshape_of_nothing),
                                       TEST(test_failed_views_stay_failed),
                                       TEST(test_copies_of_views),
                                       TEST(test_fill_of_parts)};
    return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
