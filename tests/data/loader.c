/* The loader: what must hold of every epoch, orders computed without Gradus
 * (tests/fixtures/batches.txt, made by make_batches.py), where batches lie, what a tape sees of
 * them. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus.h>

#include <string.h>

enum { MOST = 64 };

static int64_t at(const gd_tensor *list, int64_t i)
{
    return ((const int64_t *)list->data)[i];
}

/* 0, 1, 2, ..: each row's own number. */
static gd_tensor *numbers(int64_t rows)
{
    return gd_tensor_create_arange(GD_I64, 0, (double)rows, 1);
}

static gd_loader *loader_of(const gd_tensor *x, const gd_loader_options *options)
{
    gd_loader *loader = gd_loader_create(1, &x, options);
    if (loader == NULL)
        fail_msg("%s", gd_message());
    return loader;
}

/* The rows of the rest of an epoch, in order. Returns how many. */
static int read_epoch(gd_loader *loader, int64_t *rows)
{
    int n = 0;
    for (gd_tensor *batch; gd_loader_next(loader, &batch);)
        for (int64_t i = 0; i < batch->shape[0]; ++i) {
            assert_true(n < MOST);
            rows[n++] = at(batch, i);
        }
    return n;
}

/* ---- epochs ---- */

static void check_epoch(gd_loader *loader, const gd_loader_options *o, int rows)
{
    int seen[MOST] = {0}, n = 0, batches = 0, size = (int)o->batch_size;
    for (gd_tensor *batch[2]; gd_loader_next(loader, batch); ++batches) {
        int left = rows - n;
        assert_int_equal(batch[0]->shape[0], left < size ? left : size);
        assert_int_equal(batch[1]->shape[0], batch[0]->shape[0]);
        for (int64_t i = 0; i < batch[0]->shape[0]; ++i, ++n) {
            int64_t row = at(batch[0], i);
            ++seen[row];
            for (int j = 0; j < 3; ++j) /* the tensors stay together */
                assert_true(((float *)batch[1]->data)[i * 3 + j] == (float)(10 * row + j));
        }
    }
    int most = o->rows != NULL ? 2 : 1, missing = rows - n;
    assert_int_equal(batches, gd_loader_batches(loader));
    assert_int_equal(missing, o->drop_last ? rows % size : 0);
    for (int i = 0; i < MOST; ++i)
        assert_true(seen[i] <= (i == 5 ? most : 1));
}

/* Each row once, in batches of one size but the last, which is kept or dropped. `rows` may name
 * one twice. */
static void test_epochs(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 3, 7, 20, 21, 32};
    gd_tensor *number = numbers(21), *x = gd_tensor_create(GD_F32, GD_DIMS(21, 3));
    for (int i = 0; i < 63; ++i)
        ((float *)x->data)[i] = (float)(10 * (i / 3) + i % 3);
    gd_tensor *some =
        gd_tensor_create_from_data(GD_I64, (const int64_t[]){5, 20, 0, 7, 5, 11, 3}, GD_DIMS(7));
    for (int i = 0; i < 6; ++i)
        for (unsigned kind = 0; kind < 8; ++kind) {
            const gd_loader_options o = {.batch_size = sizes[i],
                                         .shuffle = kind & 1,
                                         .drop_last = kind & 2,
                                         .rows = kind & 4 ? some : NULL};
            gd_loader *loader = gd_loader_create(2, (const gd_tensor *[]){number, x}, &o);
            for (int epoch = 0; epoch < 3; ++epoch)
                check_epoch(loader, &o, kind & 4 ? 7 : 21);
            gd_loader_destroy(loader);
        }
    gd_tensor none = gd_tensor_slice(number, 0, 0, 0, 1), *batch;
    gd_loader *loader = loader_of(&none, &(gd_loader_options){.shuffle = true});
    assert_int_equal(gd_loader_batches(loader), 0);
    assert_false(gd_loader_next(loader, &batch));
    gd_loader_destroy(loader);
    gd_tensor_destroy(number);
    gd_tensor_destroy(x);
    gd_tensor_destroy(some);
}

static void test_defaults(void **state)
{
    (void)state;
    int64_t rows[MOST];
    gd_tensor *number = numbers(50);
    gd_loader *loader = loader_of(number, NULL);
    assert_int_equal(gd_loader_batches(loader), 2); /* of 32 */
    assert_int_equal(read_epoch(loader, rows), 50);
    assert_memory_equal(rows, number->data, sizeof(int64_t[50]));
    gd_loader_destroy(loader);
    gd_tensor_destroy(number);
}

/* ---- orders ---- */

static void test_orders(void **state)
{
    (void)state;
    unsigned long long seed;
    long long epoch, n;
    char line[400];
    int cases = 0;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/batches.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "order %llu %lld %lld", &seed, &epoch, &n) != 3)
            continue;
        int64_t rows[MOST];
        gd_tensor *number = numbers(n);
        gd_loader *loader =
            loader_of(number, &(gd_loader_options){.batch_size = 4, .shuffle = true, .seed = seed});
        ((int64_t *)gd_loader_state(loader)->data)[0] = epoch;
        assert_int_equal(read_epoch(loader, rows), n);
        for (long long i = 0, wanted; i < n; ++i) {
            assert_int_equal(fscanf(file, "%lld", &wanted), 1);
            assert_int_equal(rows[i], wanted);
        }
        gd_loader_destroy(loader);
        gd_tensor_destroy(number);
        ++cases;
    }
    assert_int_equal(cases, 5);
    fclose(file);
}

/* The size of a batch changes nothing of the order; another epoch or seed does. Chosen rows are
 * shuffled as their places are. */
static void test_what_order_depends_on(void **state)
{
    (void)state;
    int64_t rows[5][MOST], *same[] = {rows[0], rows[1]};
    gd_tensor *number = numbers(40), *list = gd_tensor_create_full(GD_I64, 1e9, GD_DIMS(80));
    gd_tensor all = gd_tensor_slice(list, 0, 0, 80, 2); /* from 39 down */
    for (int i = 0; i < 40; ++i)
        ((int64_t *)list->data)[2 * i] = 39 - i;
    const gd_loader_options o[] = {{.batch_size = 7, .shuffle = true, .seed = 1},
                                   {.batch_size = 40, .shuffle = true, .seed = 1},
                                   {.batch_size = 7, .shuffle = true, .seed = 2},
                                   {.batch_size = 7, .shuffle = true, .seed = 1, .rows = &all}};
    for (int k = 0; k < 4; ++k) {
        gd_loader *loader = loader_of(number, &o[k]);
        assert_int_equal(read_epoch(loader, rows[k]), 40);
        if (k == 3)
            read_epoch(loader, rows[4]);
        gd_loader_destroy(loader);
    }
    assert_memory_equal(same[0], same[1], sizeof(int64_t[40]));
    assert_memory_not_equal(rows[0], rows[2], sizeof(int64_t[40]));
    assert_memory_not_equal(rows[3], rows[4], sizeof(int64_t[40]));
    for (int i = 0; i < 40; ++i)
        assert_int_equal(rows[3][i], 39 - rows[0][i]);
    gd_tensor_destroy(list);
    gd_tensor_destroy(number);
}

/* ---- where batches lie ---- */

static void test_views(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create(GD_F64, GD_DIMS(10, 2)), *batch;
    gd_loader *loader = loader_of(x, &(gd_loader_options){.batch_size = 4});
    for (int i = 0; gd_loader_next(loader, &batch); i += 4) {
        assert_ptr_equal(batch->data, (double *)x->data + 2 * i);
        ((double *)x->data)[2 * i + 1] = 5;
        assert_true(((double *)batch->data)[1] == 5);
    }
    gd_loader_destroy(loader);
    loader = loader_of(x, &(gd_loader_options){.batch_size = 4, .shuffle = true});
    assert_true(gd_loader_next(loader, &batch));
    assert_true((char *)batch->data + 64 <= (char *)x->data ||
                (char *)batch->data >= (char *)x->data + 160);
    void *first = batch->data;
    assert_true(gd_loader_next(loader, &batch));
    assert_ptr_equal(batch->data, first); /* its own memory, each time */
    gd_loader_destroy(loader);
    gd_tensor_destroy(x);
}

/* Every dtype, dimensions from 1 to 4, and tensors whose rows, or elements in rows, are
 * scattered. */
static void test_dtypes_and_strides(void **state)
{
    (void)state;
    const gd_dtype dtypes[] = {GD_F32, GD_F64, GD_I64, GD_BOOL, GD_U8};
    const int64_t shape[] = {6, 3, 2, 2};
    gd_tensor *number = numbers(6);
    for (int d = 0; d < 5; ++d)
        for (int ndim = 1; ndim <= 4; ++ndim) {
            gd_tensor *whole = gd_tensor_create(dtypes[d], ndim, shape);
            char *bytes = whole->data;
            size_t size = gd_dtype_size(dtypes[d]), n = (size_t)gd_tensor_numel(whole) * size;
            for (size_t i = 0; i < n; ++i)
                bytes[i] = (char)(i % (dtypes[d] == GD_BOOL ? 2 : 101));
            gd_tensor last = gd_tensor_slice(whole, -1, 0, ndim > 1 ? 2 : 6, 1);
            gd_tensor turned = gd_tensor_transpose(whole, 0, -1),
                      *forms[] = {whole, &last, &turned};
            for (int k = 0; k < 3; ++k) {
                gd_tensor *x = forms[k], *batch[2];
                gd_tensor places = gd_tensor_slice(number, 0, 0, x->shape[0], 1);
                gd_loader *loader =
                    gd_loader_create(2, (const gd_tensor *[]){x, &places},
                                     &(gd_loader_options){.batch_size = 4, .shuffle = true});
                assert_non_null(loader);
                while (gd_loader_next(loader, batch)) {
                    gd_tensor *wanted = gd_take_rows(x, batch[1]);
                    assert_true(batch[0]->dtype == dtypes[d] && batch[0]->ndim == ndim);
                    assert_memory_equal(batch[0]->data, wanted->data,
                                        (size_t)gd_tensor_numel(wanted) * size);
                    for (int64_t i = 0; i < batch[1]->shape[0]; ++i) { /* of take_rows, too */
                        gd_tensor row =
                            gd_tensor_slice(x, 0, at(batch[1], i), at(batch[1], i) + 1, 1);
                        gd_tensor *plain = gd_tensor_create_copy(&row);
                        size_t length = (size_t)gd_tensor_numel(plain) * size;
                        assert_memory_equal((char *)wanted->data + (size_t)i * length, plain->data,
                                            length);
                        gd_tensor_destroy(plain);
                    }
                    gd_tensor_destroy(wanted);
                }
                gd_loader_destroy(loader);
            }
            gd_tensor_destroy(whole);
        }
    gd_tensor_destroy(number);
}

/* ---- what a tape sees ---- */

/* w times the batch, recorded; then the next batch. */
static gd_status backward_after_next(const gd_tensor *x, const gd_loader_options *o, bool reshaped,
                                     bool changed, gd_tensor *w)
{
    gd_tape *t = gd_tape_create();
    gd_loader *loader = loader_of(x, o);
    gd_tensor *batch;
    assert_true(gd_loader_next(loader, &batch));
    gd_tensor *rows = reshaped ? gd_reshape(t, batch, GD_DIMS(4)) : batch;
    gd_tensor *loss = gd_sum(t, gd_mul(t, w, rows), GD_ALL_DIMS, false);
    if (changed)
        gd_tensor_modified((gd_tensor *)(uintptr_t)x);
    else
        assert_true(gd_loader_next(loader, &batch));
    gd_zero_grad(w);
    gd_status status = gd_backward(t, loss);
    if (status != GD_OK)
        assert_non_null(strstr(gd_tape_message(t), "was changed in place after this call"));
    gd_loader_destroy(loader);
    gd_tape_destroy(t);
    return status;
}

static void test_next_is_a_change_in_place(void **state)
{
    (void)state;
    const gd_loader_options plain = {.batch_size = 4},
                            shuffled = {.batch_size = 4, .shuffle = true};
    gd_tensor *x = gd_tensor_create_arange(GD_F32, 0, 12, 1);
    gd_tensor *w = gd_tensor_create_ones(GD_F32, GD_DIMS(4));
    w->requires_grad = true;
    assert_int_equal(backward_after_next(x, &plain, false, false, w), GD_ERROR_STATE);
    assert_int_equal(backward_after_next(x, &shuffled, false, false, w), GD_ERROR_STATE);
    assert_int_equal(backward_after_next(x, &shuffled, true, false, w), GD_ERROR_STATE);
    assert_int_equal(backward_after_next(x, &plain, false, true, w), GD_ERROR_STATE);
    /* A view of a view stays where it was made, and is right. */
    assert_int_equal(backward_after_next(x, &plain, true, false, w), GD_OK);
    assert_memory_equal(w->grad->data, x->data, sizeof(float[4]));
    gd_tensor_destroy(w);
    gd_tensor_destroy(x);
}

/* A batch may be a leaf; its gradient goes with it. */
static void test_gradient_of_a_batch(void **state)
{
    (void)state;
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(6)), *batch;
    gd_loader *loader = loader_of(x, &(gd_loader_options){.batch_size = 2});
    for (int i = 0; i < 2; ++i) {
        assert_true(gd_loader_next(loader, &batch));
        assert_true(!batch->requires_grad && batch->grad == NULL);
        batch->requires_grad = true;
        gd_tape_reset(t);
        gd_tensor *square = gd_mul(t, batch, batch);
        assert_int_equal(gd_backward(t, gd_sum(t, square, GD_ALL_DIMS, false)), GD_OK);
        assert_true(((float *)batch->grad->data)[1] == 2);
    }
    gd_loader_destroy(loader);
    gd_tensor_destroy(x);
    gd_tape_destroy(t);
    assert_int_equal(a.live, 0);
    gd_set_allocator(NULL, NULL);
}

/* ---- going on ---- */

static void test_state(void **state)
{
    (void)state;
    int64_t whole[MOST], rest[MOST], next[2][MOST];
    gd_tensor *number = numbers(23), *batch;
    const gd_loader_options o = {.batch_size = 5, .shuffle = true, .seed = 8};
    gd_loader *before = loader_of(number, &o), *after = loader_of(number, &o);
    read_epoch(before, whole);
    for (int i = 0; i < 3; ++i)
        assert_true(gd_loader_next(before, &batch));
    int64_t saved[2];
    memcpy(saved, gd_loader_state(before)->data, sizeof saved);
    assert_true(saved[0] == 1 && saved[1] == 15);
    assert_int_equal(read_epoch(before, whole), 8);
    read_epoch(before, next[0]);
    read_epoch(after, rest); /* elsewhere, and its order is made */
    memcpy(gd_loader_state(after)->data, saved, sizeof saved);
    assert_int_equal(read_epoch(after, rest), 8);
    read_epoch(after, next[1]);
    assert_memory_equal(rest, whole, sizeof(int64_t[8]));
    assert_memory_equal(next[0], next[1], sizeof(int64_t[23]));
    gd_loader_destroy(before);
    gd_loader_destroy(after);
    gd_tensor_destroy(number);
}

/* Numbers that no loader writes. */
static void test_wild_state(void **state)
{
    (void)state;
    const int64_t wild[] = {-1, 24, INT64_MAX, INT64_MIN};
    int64_t rows[MOST];
    gd_tensor *number = numbers(23), *batch;
    gd_loader *loader = loader_of(number, &(gd_loader_options){.batch_size = 5, .shuffle = true});
    int64_t *place = gd_loader_state(loader)->data;
    for (int i = 0; i < 4; ++i) {
        place[0] = 3, place[1] = wild[i];
        assert_false(gd_loader_next(loader, &batch));
        assert_true(place[0] == 4 && place[1] == 0);
        place[0] = wild[i];
        int seen[23] = {0};
        assert_int_equal(read_epoch(loader, rows), 23);
        for (int k = 0; k < 23; ++k)
            assert_int_equal(++seen[rows[k]], 1);
    }
    gd_loader_destroy(loader);
    gd_tensor_destroy(number);
}

/* The list of rows may change, or go, after the loader has been made. */
static void test_rows_are_copied(void **state)
{
    (void)state;
    int64_t seen[MOST];
    for (int shuffle = 0; shuffle < 2; ++shuffle) {
        gd_tensor *number = numbers(9), *rows = numbers(3);
        gd_loader *loader =
            loader_of(number, &(gd_loader_options){.rows = rows, .shuffle = shuffle != 0});
        gd_tensor_fill(rows, 1e15);
        gd_tensor_destroy(rows);
        assert_int_equal(read_epoch(loader, seen), 3);
        assert_int_equal(seen[0] + seen[1] + seen[2], 3);
        gd_loader_destroy(loader);
        gd_tensor_destroy(number);
    }
}

/* ---- what is refused, and memory ---- */

static void refused(int count, const gd_tensor *const *tensors, const gd_loader_options *o,
                    const char *message)
{
    assert_null(gd_loader_create(count, tensors, o));
    assert_string_equal(gd_message(), message);
}

static void test_refusals(void **state)
{
    (void)state;
    gd_tensor *x = numbers(4), *y = numbers(5), *one = gd_tensor_create(GD_F32, 0, NULL), *batch;
    gd_tensor *rows = numbers(5), *real = gd_tensor_create(GD_F64, GD_DIMS(2));
    gd_tensor failed = {.ndim = -1};
    refused(0, NULL, NULL, "loader: there are no tensors");
    refused(1, (const gd_tensor *[]){NULL}, NULL, "loader: the tensor is NULL");
    refused(2, (const gd_tensor *[]){x, y}, NULL, "loader: tensor 1 has 5 rows, tensor 0 has 4");
    refused(2, (const gd_tensor *[]){x, one}, NULL, "loader: tensor 1 is a scalar: it has no rows");
    refused(1, (const gd_tensor *[]){x}, &(gd_loader_options){.batch_size = -2},
            "loader: batch_size -2 is negative");
    refused(1, (const gd_tensor *[]){x}, &(gd_loader_options){.rows = real},
            "loader: row numbers must be 1-d int64");
    refused(1, (const gd_tensor *[]){x}, &(gd_loader_options){.rows = rows},
            "loader: index 4 at 4 is not one of 4 rows");
    ((int64_t *)rows->data)[2] = -1;
    refused(1, (const gd_tensor *[]){x}, &(gd_loader_options){.rows = rows},
            "loader: index -1 at 2 is not one of 4 rows");
    assert_null(gd_loader_create(1, (const gd_tensor *[]){&failed}, NULL));
    assert_false(gd_loader_next(NULL, &batch));
    assert_null(gd_loader_state(NULL));
    assert_int_equal(gd_loader_batches(NULL), 0);
    gd_loader_destroy(NULL);
    gd_loader *loader = loader_of(x, NULL);
    assert_false(gd_loader_next(loader, NULL));
    gd_loader_destroy(loader);
    gd_tensor *owned[] = {x, y, one, rows, real};
    for (int i = 0; i < 5; ++i)
        gd_tensor_destroy(owned[i]);
}

/* Any allocation may fail; they are all made by create. */
static void test_allocations(void **state)
{
    (void)state;
    gd_tensor *number = numbers(9), *x = gd_tensor_create(GD_F32, GD_DIMS(9, 3)), *batch[2];
    const gd_loader_options o = {.batch_size = 4, .shuffle = true, .rows = number};
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    bool whole = false;
    for (long k = 1; !whole; ++k) {
        a = (allocations){.fail_at = k};
        gd_loader *loader = gd_loader_create(2, (const gd_tensor *[]){number, x}, &o);
        whole = a.calls < k;
        assert_true((loader != NULL) == whole);
        a.calls = 0;
        for (int i = 0; loader != NULL && i < 10; ++i)
            gd_loader_next(loader, batch);
        assert_int_equal(a.calls, 0);
        gd_loader_destroy(loader);
        assert_int_equal(a.live, 0);
        assert_true(k < 20);
    }
    gd_set_allocator(NULL, NULL);
    gd_tensor_destroy(number);
    gd_tensor_destroy(x);
}

int loader_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_what_order_depends_on),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_dtypes_and_strides),
        cmocka_unit_test(test_next_is_a_change_in_place),
        cmocka_unit_test(test_gradient_of_a_batch),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_wild_state),
        cmocka_unit_test(test_rows_are_copied),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests_name("loader", tests, NULL, NULL);
}
