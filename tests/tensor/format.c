/* Text against NumPy's, byte for byte: fixtures/format.txt, made by fixtures/make_format.py. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 1 << 16 };

static gd_dtype dtype_named(const char *name)
{
    for (gd_dtype dtype = GD_F32; dtype <= GD_U8; ++dtype)
        if (strcmp(gd_dtype_name(dtype), name) == 0)
            return dtype;
    fail_msg("%s is not a dtype", name);
    return GD_F32;
}

static void read_element(FILE *file, gd_tensor *x, int64_t i)
{
    char text[64];
    assert_int_equal(fscanf(file, "%63s", text), 1);
    if (x->dtype == GD_F32)
        ((float *)x->data)[i] = strtof(text, NULL);
    else if (x->dtype == GD_F64)
        ((double *)x->data)[i] = strtod(text, NULL);
    else if (x->dtype == GD_I64)
        ((int64_t *)x->data)[i] = strtoll(text, NULL, 10);
    else
        ((uint8_t *)x->data)[i] = (uint8_t)atoi(text);
}

/* The next case's tensor; NULL at the end of the file. */
static gd_tensor *read_tensor(FILE *file, int *transposed)
{
    char name[16];
    int ndim;
    int64_t shape[GD_MAX_DIMS];
    if (fscanf(file, "%15s %d", name, &ndim) != 2)
        return NULL;
    for (int i = 0; i < ndim; ++i) {
        long long size;
        assert_int_equal(fscanf(file, "%lld", &size), 1);
        shape[i] = size;
    }
    assert_int_equal(fscanf(file, "%d", transposed), 1);
    gd_tensor *x = gd_tensor_create(dtype_named(name), ndim, shape);
    assert_non_null(x);
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        read_element(file, x, i);
    return x;
}

static void read_text(FILE *file, char *text)
{
    int lines;
    size_t length = 0;
    assert_int_equal(fscanf(file, "%d", &lines), 1);
    while (fgetc(file) != '\n')
        ;
    for (int i = 0; i < lines; ++i) {
        assert_non_null(fgets(text + length, (int)(MOST_TEXT - length), file));
        length += strlen(text + length);
    }
    text[length - 1] = '\0'; /* without the last line's end */
}

static void test_as_numpy(void **state)
{
    (void)state;
    static char expected[MOST_TEXT], text[MOST_TEXT];
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/format.txt", "r");
    assert_non_null(file);
    int transposed, cases = 0;
    for (gd_tensor *x; (x = read_tensor(file, &transposed)) != NULL; ++cases) {
        const int64_t reversed[] = {x->ndim - 1, x->ndim - 2, x->ndim - 3};
        gd_tensor view = *x;
        if (transposed)
            view = gd_tensor_permute(x, x->ndim, reversed);
        read_text(file, expected);
        int length = gd_tensor_format(text, sizeof text, &view);
        assert_int_equal(length, strlen(text));
        assert_string_equal(text, expected);
        gd_tensor_destroy(x);
    }
    fclose(file);
    assert_true(cases > 600);
}

static void test_like_snprintf(void **state)
{
    (void)state;
    char small[8];
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(3));
    assert_int_equal(gd_tensor_format(NULL, 0, x), 10);
    assert_int_equal(gd_tensor_format(small, sizeof small, x), 10);
    assert_string_equal(small, "[1. 1. ");
    gd_tensor failed = gd_tensor_transpose(x, 0, 5);
    assert_int_equal(gd_tensor_format(small, sizeof small, &failed), -1);
    gd_tensor_destroy(x);
}

static void test_fprint(void **state)
{
    (void)state;
    char line[32];
    gd_tensor *x = gd_tensor_create_arange(GD_I64, 0, 3, 1);
    FILE *file = tmpfile();
    assert_int_equal(gd_tensor_fprint(file, x), GD_OK);
    rewind(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "[0 1 2]\n");
    fclose(file);
    FILE *full = fopen("/dev/full", "w");
    if (full != NULL) {
        setvbuf(full, NULL, _IONBF, 0);
        assert_int_equal(gd_tensor_fprint(full, x), GD_ERROR_IO);
        fclose(full);
    }
    assert_int_equal(gd_tensor_fprint(NULL, x), GD_ERROR_ARGUMENT);
    gd_tensor_destroy(x);
}

int format_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_numpy),
                                       cmocka_unit_test(test_like_snprintf),
                                       cmocka_unit_test(test_fprint)};
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
