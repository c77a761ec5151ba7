/* .npy files against NumPy's own: fixtures/npy/, made by fixtures/make_npy.py. */
#include "../cmocka_all.h"
#include "folder.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURES GD_TESTS_DIR "/fixtures/npy/"

typedef struct listed {
    char name[64], how;
    gd_dtype dtype;
    int ndim;
    int64_t shape[GD_MAX_DIMS];
    char elements[MOST]; /* hexadecimal */
} listed;

static bool read_listed(FILE *file, listed *f)
{
    char dtype[16];
    if (fscanf(file, "%63s %15s %d", f->name, dtype, &f->ndim) != 3)
        return false;
    for (f->dtype = GD_F32; strcmp(gd_dtype_name(f->dtype), dtype) != 0; ++f->dtype)
        assert_true(f->dtype < GD_U8);
    for (int i = 0; i < f->ndim; ++i) {
        long long size;
        assert_int_equal(fscanf(file, "%lld", &size), 1);
        f->shape[i] = size;
    }
    assert_int_equal(fscanf(file, " %c %32767s", &f->how, f->elements), 2);
    return true;
}

static void check_tensor(const gd_tensor *x, const listed *f)
{
    if (x == NULL)
        fail_msg("%s", gd_message());
    assert_int_equal(x->dtype, f->dtype);
    assert_int_equal(x->ndim, f->ndim);
    assert_true(gd_tensor_is_contiguous(x));
    for (int i = 0; i < x->ndim; ++i)
        assert_int_equal(x->shape[i], f->shape[i]);
    size_t bytes = (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype);
    assert_int_equal(strlen(f->elements), bytes > 0 ? 2 * bytes : 1);
    for (size_t i = 0; i < bytes; ++i) {
        char byte[3];
        snprintf(byte, sizeof byte, "%02x", ((const uint8_t *)x->data)[i]);
        assert_memory_equal(byte, f->elements + 2 * i, 2);
    }
}

static gd_tensor turned(const gd_tensor *x)
{
    int64_t dims[GD_MAX_DIMS];
    for (int i = 0; i < x->ndim; ++i)
        dims[i] = x->ndim - 1 - i;
    return gd_tensor_permute(x, x->ndim, dims);
}

static void check_saved(const gd_tensor *x, const char *expected)
{
    if (gd_tensor_save_npy("t.npy", x) != GD_OK)
        fail_msg("%s", gd_message());
    assert_same_file("t.npy", expected);
    assert_int_equal(count_files(), 1);
}

static void test_as_numpy(void **state)
{
    (void)state;
    static listed f;
    FILE *file = fopen(FIXTURES "list.txt", "r");
    assert_non_null(file);
    int files = 0;
    for (; read_listed(file, &f); ++files) {
        char path[sizeof FIXTURES + 80];
        snprintf(path, sizeof path, "%s%s.npy", FIXTURES, f.name);
        gd_tensor *x = gd_tensor_load_npy(path);
        check_tensor(x, &f);
        if (f.how == 'c')
            check_saved(x, path);
        if (f.how == 'f') {
            gd_tensor view = turned(x), *copy = gd_tensor_create_copy(&view);
            view = turned(copy);
            check_saved(&view, path);
            gd_tensor_destroy(copy);
        }
        gd_tensor_destroy(x);
    }
    assert_true(files > 30);
    fclose(file);
}

static void test_views(void **state)
{
    (void)state;
    gd_tensor *numbers = gd_tensor_create_arange(GD_I64, 0, 24, 1), v;
    gd_tensor x = gd_tensor_reshape(numbers, GD_DIMS(2, 3, 4)), w = gd_tensor_slice(&x, 1, 1, 3, 1);
    v = gd_tensor_slice(&w, 2, 0, 4, 2);
    check_saved(&v, FIXTURES "view_part.npy");
    v = gd_tensor_permute(&x, GD_DIMS(2, 1, 0));
    check_saved(&v, FIXTURES "view_turned.npy");
    v = gd_tensor_slice(&v, 2, 0, 1, 1);
    check_saved(&v, FIXTURES "view_turned_part.npy");
    v = gd_tensor_permute(&x, GD_DIMS(1, 2, 0));
    check_saved(&v, FIXTURES "view_mixed.npy");
    v = gd_tensor_transpose(&x, 0, 1);
    check_saved(&v, FIXTURES "view_swapped.npy");
    v = gd_tensor_slice(&x, 2, 1, 2, 1);
    check_saved(&v, FIXTURES "view_column.npy");
    v = gd_tensor_slice(&v, 0, 0, 1, 1), v = gd_tensor_transpose(&v, 0, 1);
    check_saved(&v, FIXTURES "view_thin.npy");
    v = gd_tensor_slice(&x, 0, 1, 2, 1), v = gd_tensor_slice(&v, 1, 2, 3, 1);
    check_saved(&v, FIXTURES "view_row.npy");
    v = gd_tensor_slice(&x, 1, 0, 1, 1), v = gd_tensor_expand(&v, GD_DIMS(2, 3, 4));
    check_saved(&v, FIXTURES "view_expanded.npy");
    v = gd_tensor_slice(&x, 1, 0, 0, 1), v = gd_tensor_slice(&v, 2, 0, 4, 2);
    check_saved(&v, FIXTURES "view_none.npy");
    v = gd_tensor_slice(&x, 0, 0, 0, 1), v = gd_tensor_slice(&v, 2, 0, 4, 2);
    check_saved(&v, FIXTURES "view_none_first.npy");
    v = x, v.data = (int64_t *)x.data + 12, v.stride[0] = -12;
    check_saved(&v, FIXTURES "view_backwards.npy");
    gd_tensor_destroy(numbers);
}

#define TEST(name) cmocka_unit_test(name)

int npy_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_as_numpy), TEST(test_views)};
    return cmocka_run_group_tests_name("npy", tests, enter_folder, leave_folder);
}
