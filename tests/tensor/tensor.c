/* Creation, reading and writing. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus/autograd.h>

#include <math.h>
#include <string.h>

static void test_creation(void **state)
{
    (void)state;
    for (gd_dtype dtype = GD_F32; dtype <= GD_U8; ++dtype) {
        gd_tensor *x = gd_tensor_create_ones(dtype, GD_DIMS(2, 1, 3, 1, 2, 1));
        assert_non_null(x);
        assert_int_equal((uintptr_t)x->data % 64, 0);
        assert_int_equal(gd_tensor_numel(x), 12);
        assert_true(gd_tensor_is_contiguous(x));
        gd_tensor last = gd_tensor_slice(x, 0, 1, 2, 1);
        last = gd_tensor_reshape(&last, GD_DIMS(6));
        last = gd_tensor_slice(&last, 0, -1, 6, 1);
        assert_true(gd_item(&last) == 1);
        gd_tensor_destroy(x);
    }
    gd_tensor *zeros = gd_tensor_create(GD_F64, GD_DIMS(3)),
              *empty = gd_tensor_create(GD_F32, GD_DIMS(3, 0));
    assert_true(((double *)zeros->data)[2] == 0);
    assert_int_equal(gd_tensor_numel(empty), 0);
    gd_tensor *scalar = gd_tensor_create_full(GD_F32, 2.5, 0, NULL);
    assert_true(scalar->ndim == 0 && gd_item(scalar) == 2.5);
    gd_tensor_destroy(zeros);
    gd_tensor_destroy(empty);
    gd_tensor_destroy(scalar);
    gd_tensor_destroy(NULL);
}

static void test_data_copied_and_borrowed(void **state)
{
    (void)state;
    float values[] = {1, 2, 3, 4};
    gd_tensor *copied = gd_tensor_create_from_data(GD_F32, values, GD_DIMS(2, 2));
    gd_tensor *borrowed = gd_tensor_create_borrowed(GD_F32, values, GD_DIMS(2, 2));
    gd_tensor transposed = gd_tensor_transpose(borrowed, 0, 1);
    gd_tensor *copy = gd_tensor_create_copy(&transposed);
    values[1] = 20;
    assert_true(((float *)copied->data)[1] == 2 && ((float *)borrowed->data)[1] == 20);
    assert_true(gd_tensor_is_contiguous(copy) && ((float *)copy->data)[1] == 3);
    gd_tensor_destroy(copied);
    gd_tensor_destroy(borrowed);
    gd_tensor_destroy(copy);
    assert_true(values[1] == 20);
}

/* As numpy.arange: (start, end, step) -> count and last element. */
static void test_arange(void **state)
{
    (void)state;
    const double cases[][5] = {
        {0, 5, 1, 5, 4}, {0, 1, 0.25, 4, 0.75}, {5, 0, -2, 3, 1}, {1, 1, 1, 0, 0}, {2, 1, 1, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_tensor *x = gd_tensor_create_arange(GD_F64, cases[i][0], cases[i][1], cases[i][2]);
        assert_true((double)x->shape[0] == cases[i][3]);
        if (x->shape[0] > 0)
            assert_true(((double *)x->data)[x->shape[0] - 1] == cases[i][4]);
        gd_tensor_destroy(x);
    }
}

/* Exact above 2^53, where doubles are not all whole numbers; up to both ends of int64. */
static void test_arange_of_integers(void **state)
{
    (void)state;
    const struct {
        double start, end, step;
        int64_t count, first, second, last;
    } cases[] = {{0x1p60, 0x1p60 + 512, 3, 171, INT64_C(1) << 60, (INT64_C(1) << 60) + 3,
                  (INT64_C(1) << 60) + 510},
                 {0x1p63 - 1024, 0x1p63, 1, 1024, INT64_MAX - 1023, INT64_MAX - 1022, INT64_MAX},
                 {-0x1p63, -0x1p63 + 4096, 2048, 2, INT64_MIN, INT64_MIN + 2048, INT64_MIN + 2048},
                 {5, -7, -5, 3, 5, 0, -5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_tensor *x = gd_tensor_create_arange(GD_I64, cases[i].start, cases[i].end, cases[i].step);
        assert_non_null(x);
        const int64_t *values = x->data;
        assert_int_equal(x->shape[0], cases[i].count);
        assert_true(values[0] == cases[i].first && values[1] == cases[i].second);
        assert_true(values[cases[i].count - 1] == cases[i].last);
        gd_tensor_destroy(x);
    }
}

/* 0 as IEEE 754 has it, with its sign, in every layout. */
static void test_fill_negative_zero(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(2, 3)), *y = gd_tensor_create(GD_F64, 0, NULL);
    gd_tensor turned = gd_tensor_transpose(x, 0, 1);
    assert_int_equal(gd_tensor_fill(&turned, -0.0), GD_OK);
    assert_int_equal(gd_tensor_fill(y, -0.0), GD_OK);
    for (int i = 0; i < 6; ++i)
        assert_true(((float *)x->data)[i] == 0 && signbit(((float *)x->data)[i]));
    assert_true(gd_item(y) == 0 && signbit(gd_item(y)));
    assert_int_equal(gd_tensor_fill(x, -0.0), GD_OK);
    assert_true(signbit(((float *)x->data)[5]));
    assert_int_equal(gd_tensor_fill(x, 0.0), GD_OK);
    assert_false(signbit(((float *)x->data)[5]));
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
}

/* Only what a _create function has returned is freed: not a view, nor a copy of the struct. */
static void test_destroy(void **state)
{
    (void)state;
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    float values[4] = {0};
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(2, 2)),
              *borrowed = gd_tensor_create_borrowed(GD_F32, values, GD_DIMS(2, 2)),
              *empty = gd_tensor_create(GD_F32, GD_DIMS(0, 2));
    gd_tensor *const owned[] = {x, borrowed, empty};
    for (int i = 0; i < 3; ++i) {
        gd_tensor view = gd_tensor_transpose(owned[i], 0, 1), copy = *owned[i],
                  failed = gd_tensor_transpose(owned[i], 0, 7);
        gd_tensor_destroy(&view);
        gd_tensor_destroy(&copy);
        gd_tensor_destroy(&failed);
        assert_int_equal(a.live, 3);
    }
    gd_tensor_fill(x, 3);
    assert_true(((float *)x->data)[3] == 3);
    for (int i = 0; i < 3; ++i) {
        gd_tensor_destroy(owned[i]);
        assert_int_equal(a.live, 2 - i);
    }
    gd_set_allocator(NULL, NULL);
}

/* A tool's own memory and messages are the library's. */
static void test_tools(void **state)
{
    (void)state;
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    void *memory = gd_allocate(100);
    assert_non_null(memory);
    assert_int_equal(a.live, 1);
    gd_free(memory, 100);
    gd_free(NULL, 100);
    assert_int_equal(a.live, 0);
    gd_set_allocator(NULL, NULL);
    assert_int_equal(gd_fail(GD_ERROR_IO, "file %d", 7), GD_ERROR_IO);
    assert_int_equal(gd_fail(GD_ERROR_VALUE, "2: %s", gd_message()), GD_ERROR_VALUE);
    assert_string_equal(gd_message(), "2: file 7");
}

/* A view that is a leaf has a gradient of its own, which is freed with it. */
static void test_destroy_view_that_is_a_leaf(void **state)
{
    (void)state;
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(4));
    gd_tensor view = gd_tensor_slice(x, 0, 1, 3, 1);
    gd_tape *t = gd_tape_create();
    view.requires_grad = true;
    assert_int_equal(gd_backward(t, gd_sum(t, &view, GD_ALL_DIMS, false)), GD_OK);
    assert_true(((float *)view.grad->data)[1] == 1);
    gd_tape_destroy(t);
    assert_int_equal(a.live, 2);
    gd_tensor_destroy(&view);
    assert_int_equal(a.live, 1);
    assert_null(view.grad);
    gd_tensor_destroy(&view); /* there is nothing left */
    gd_tensor_destroy(x);
    assert_int_equal(a.live, 0);
    gd_set_allocator(NULL, NULL);
}

static void assert_refused(gd_tensor *x, const char *text)
{
    assert_null(x);
    if (strstr(gd_message(), text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", gd_message(), text);
}

static void test_refusals(void **state)
{
    (void)state;
    const int64_t nine[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_refused(gd_tensor_create(GD_F32, GD_DIMS(2, -1)), "size -1 of dimension 1 is negative");
    assert_refused(gd_tensor_create(GD_F32, 9, nine), "9 dimensions");
    assert_refused(gd_tensor_create(GD_F32, 2, NULL), "2 dimensions");
    assert_refused(gd_tensor_create(GD_F64, GD_DIMS(INT64_MAX, 2)), "too large");
    assert_refused(gd_tensor_create(GD_F64, GD_DIMS(INT64_MAX, 0, 4)), "too large");
    assert_refused(gd_tensor_create((gd_dtype)9, GD_DIMS(1)), "9 is not a dtype");
    assert_refused(gd_tensor_create(GD_U8, GD_DIMS(INT64_MAX - 1)), "no memory");
    assert_refused(gd_tensor_create_full(GD_BOOL, 2, GD_DIMS(1)), "2 is not a value of bool");
    assert_refused(gd_tensor_create_full(GD_I64, 0.5, GD_DIMS(1)), "0.5 is not a value of int64");
    assert_refused(gd_tensor_create_full(GD_U8, -1, GD_DIMS(1)), "-1 is not a value of uint8");
    assert_refused(gd_tensor_create_arange(GD_F32, 0, INFINITY, 1), "not a finite sequence");
    assert_refused(gd_tensor_create_arange(GD_I64, 0, 1, 0.5), "cannot be int64");
    const char *const range = "leaves the range of int64";
    assert_refused(gd_tensor_create_arange(GD_I64, 1e300, 2e300, 1e299), range);
    assert_refused(gd_tensor_create_arange(GD_I64, -1e300, -1e300, 1), range);
    assert_refused(gd_tensor_create_arange(GD_I64, 0x1p63, 0x1p63 + 4096, 2048), range);
    assert_refused(gd_tensor_create_arange(GD_I64, -0x1p63 + 4096, -0x1p63 - 4096, -2048), range);
    assert_refused(gd_tensor_create_arange(GD_I64, 0, 0x1p63, 0x1p63), range);
    assert_refused(gd_tensor_create_arange(GD_I64, 0x1p62, 0x1p64, 0x1p61), range);
    assert_refused(gd_tensor_create_from_data(GD_F32, NULL, GD_DIMS(1)), "data is NULL");
    assert_refused(gd_tensor_create_borrowed(GD_F32, NULL, GD_DIMS(1)), "data is NULL");
    assert_refused(gd_tensor_create_copy(NULL), "copy: the tensor is NULL");
}

static void test_at(void **state)
{
    (void)state;
    int64_t numbers[] = {1, 2, 3, 4, 5, 6};
    bool truths[] = {false, true};
    gd_tensor *x = gd_tensor_create_from_data(GD_I64, numbers, GD_DIMS(2, 3)),
              *b = gd_tensor_create_from_data(GD_BOOL, truths, GD_DIMS(2)),
              *half = gd_tensor_create_full(GD_F32, 0.5, 0, NULL);
    gd_tensor turned = gd_tensor_transpose(x, 0, 1), wide = gd_tensor_expand(half, GD_DIMS(4));
    assert_true(gd_tensor_at(x, 1) == 2 && gd_tensor_at(&turned, 1) == 4);
    assert_true(gd_tensor_at(&turned, 4) == 3 && gd_tensor_at(b, 1) == 1);
    assert_true(gd_tensor_at(half, 0) == 0.5 && gd_tensor_at(&wide, 3) == 0.5);
    assert_true(isnan(gd_tensor_at(x, 6)));
    assert_non_null(strstr(gd_message(), "no element 6 of 6"));
    assert_true(isnan(gd_tensor_at(x, -1)) && isnan(gd_tensor_at(NULL, 0)));
    gd_tensor_destroy(x);
    gd_tensor_destroy(b);
    gd_tensor_destroy(half);
}

static void test_copy_and_item(void **state)
{
    (void)state;
    gd_tensor *a = gd_tensor_create(GD_F32, GD_DIMS(2, 3)),
              *b = gd_tensor_create_ones(GD_F64, GD_DIMS(2, 3));
    gd_tensor *c = gd_tensor_create_ones(GD_F32, GD_DIMS(3, 2));
    gd_tensor turned = gd_tensor_transpose(c, 0, 1);
    assert_int_equal(gd_tensor_copy(a, b), GD_ERROR_DTYPE);
    assert_int_equal(gd_tensor_copy(a, c), GD_ERROR_SHAPE);
    assert_int_equal(gd_tensor_copy(a, &turned), GD_OK);
    assert_true(((float *)a->data)[5] == 1);
    assert_true(isnan(gd_item(a)));
    assert_non_null(strstr(gd_message(), "item: [2,3]"));
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
    gd_tensor_destroy(c);
}

static void test_texts(void **state)
{
    (void)state;
    assert_string_equal(gd_status_text(GD_OK), "ok");
    assert_string_equal(gd_status_text(GD_ERROR_FORMAT), "file is not in the expected format");
    assert_string_equal(gd_status_text((gd_status)99), "unknown status");
    assert_string_equal(gd_dtype_name(GD_I64), "int64");
    gd_blas blas = gd_blas_info();
    assert_non_null(strstr(blas.config, "OpenBLAS"));
    assert_true(strlen(blas.kernel) > 0 && blas.threads >= 1);
}

/* The message's status is that of the call that failed. */
static void test_message_status(void **state)
{
    (void)state;
    gd_tensor *a = gd_tensor_create(GD_F32, GD_DIMS(2)), *b = gd_tensor_create(GD_F32, GD_DIMS(3));
    assert_int_equal(gd_tensor_copy(a, b), GD_ERROR_SHAPE);
    assert_int_equal(gd_message_status(), GD_ERROR_SHAPE);
    assert_null(gd_tensor_create_copy(NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_ARGUMENT);
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
}

/* The lengths of RFC 3629's table; what it leaves out has none. */
static void test_utf8(void **state)
{
    (void)state;
    assert_int_equal(gd_utf8_length("a"), 1);
    assert_int_equal(gd_utf8_length("\xc3\xa9"), 2);
    assert_int_equal(gd_utf8_length("\xe2\x82\xac."), 3);
    assert_int_equal(gd_utf8_length("\xf0\x9d\x84\x9e"), 4);
    const char *const none[] = {"\x80",         "\xc0\xaf",         "\xe0\x9f\xbf",
                                "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3"};
    for (size_t i = 0; i < sizeof none / sizeof *none; ++i)
        assert_int_equal(gd_utf8_length(none[i]), 0);
    assert_int_equal(gd_utf8_cut("\xe2\x82\xac\xe2\x82\xac", 6), 6);
    assert_int_equal(gd_utf8_cut("\xe2\x82\xac\xe2\x82\xac", 5), 3);
    assert_int_equal(gd_utf8_cut("\xe2\x82\xac\xe2\x82\xac", 3), 3);
    assert_int_equal(gd_utf8_cut("ab", 2), 2);
    assert_int_equal(gd_utf8_cut("abc", 2), 2);
}

int tensor_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_creation),
                                       cmocka_unit_test(test_data_copied_and_borrowed),
                                       cmocka_unit_test(test_arange),
                                       cmocka_unit_test(test_arange_of_integers),
                                       cmocka_unit_test(test_fill_negative_zero),
                                       cmocka_unit_test(test_destroy),
                                       cmocka_unit_test(test_tools),
                                       cmocka_unit_test(test_destroy_view_that_is_a_leaf),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_at),
                                       cmocka_unit_test(test_copy_and_item),
                                       cmocka_unit_test(test_texts),
                                       cmocka_unit_test(test_message_status),
                                       cmocka_unit_test(test_utf8)};
    return cmocka_run_group_tests_name("tensor", tests, NULL, NULL);
}
