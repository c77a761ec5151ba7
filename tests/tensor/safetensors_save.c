/* Saving a .safetensors file that fails: what was there is as it was. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "safetensors_help.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_old(void)
{
    copy_file(FIXTURES "torch.safetensors", T);
}

/* The file and its folder are as before. */
static void assert_untouched(void)
{
    assert_same_file(T, FIXTURES "torch.safetensors");
    assert_int_equal(count_files(), 1);
}

static void test_no_room(void **state)
{
    (void)state;
    gd_safetensors *f = open_file(FIXTURES "python.safetensors");
    struct stat status;
    assert_int_equal(save_again(f), GD_OK);
    assert_int_equal(stat(T, &status), 0);
    write_old();
    int descriptor = lowest_descriptor();
    for (size_t room = 0; room < (size_t)status.st_size; room += 3) {
        limit_files(room);
        gd_status saved = save_again(f);
        limit_files((size_t)-1);
        assert_int_equal(saved, GD_ERROR_IO);
        assert_message(T ": File too large");
        assert_untouched();
    }
    assert_int_equal(lowest_descriptor(), descriptor);
    assert_int_equal(save_again(f), GD_OK);
    gd_safetensors_close(f);
}

/* A device that is really full; only root can make one, and umount asks /proc. It is gone before
 * anything is asserted. */
static void test_full_disk(void **state)
{
    (void)state;
    static char before[MOST], after[MOST];
    gd_tensor *x = gd_tensor_create_ones(GD_F64, GD_DIMS(2000));
    gd_named_tensor tensor = {"x", x};
    assert_int_equal(mkdir("full", 0700), 0);
    if (geteuid() != 0 || access("/proc/self/mountinfo", R_OK) != 0 ||
        system("mount -t tmpfs -o size=28k tmpfs full 2>/dev/null") != 0) {
        gd_tensor_destroy(x);
        assert_int_equal(rmdir("full"), 0);
        skip();
    }
    gd_status fits = gd_safetensors_save("full/t", 1, &tensor, 0, NULL);
    size_t length = fits == GD_OK ? read_file("full/t", before) : 0;
    gd_status fails = gd_safetensors_save("full/t", 1, &tensor, 0, NULL);
    size_t length_after = fits == GD_OK ? read_file("full/t", after) : 0;
    int alone = system("test $(ls full | wc -l) = 1"), unmounted = system("umount full");
    gd_tensor_destroy(x);
    assert_true(unmounted == 0 && rmdir("full") == 0);
    assert_int_equal(fits, GD_OK);
    assert_int_equal(fails, GD_ERROR_IO);
    assert_message("full/t: No space left on device");
    assert_true(length > 16000 && length_after == length);
    assert_memory_equal(before, after, length);
    assert_int_equal(alone, 0);
}

static void test_refused_saves(void **state)
{
    (void)state;
    uint8_t bytes[] = {0, 1, 7, 1};
    gd_tensor *bools = gd_tensor_create_borrowed(GD_BOOL, bytes, GD_DIMS(4)),
              *x = gd_tensor_create_ones(GD_F32, GD_DIMS(2, 3));
    gd_tensor turned = gd_tensor_transpose(x, 0, 1), failed = gd_tensor_transpose(x, 0, 5);
    const struct {
        gd_named_tensor tensors[2];
        gd_metadata text;
        gd_status status;
        const char *message;
    } cases[] = {
        {{{"x", x}, {"x", x}}, {"", ""}, GD_ERROR_VALUE, "entry \"x\": the name comes twice"},
        {{{"x", x}, {"__metadata__", x}},
         {"", ""},
         GD_ERROR_VALUE,
         "entry \"__metadata__\": that is the format's own name"},
        {{{"x", x}, {"y\xff", x}},
         {"", ""},
         GD_ERROR_VALUE,
         "entry \"y\\xff\": the name is not UTF-8"},
        {{{"x", x}, {"b", bools}},
         {"", ""},
         GD_ERROR_VALUE,
         "entry \"b\": a bool is neither 0 nor 1"},
        {{{"x", x}, {"y", &turned}},
         {"", ""},
         GD_ERROR_ARGUMENT,
         "entry \"y\": a contiguous tensor is needed"},
        {{{"x", x}, {"y", &failed}},
         {"", ""},
         GD_ERROR_ARGUMENT,
         "entry \"y\": a contiguous tensor is needed"},
        {{{"x", x}, {"y", NULL}},
         {"", ""},
         GD_ERROR_ARGUMENT,
         "entry \"y\": a contiguous tensor is needed"},
        {{{"x", x}, {NULL, x}}, {"", ""}, GD_ERROR_ARGUMENT, "a name is NULL"},
        {{{"x", x}, {"y", x}},
         {"gradus", "9"},
         GD_ERROR_VALUE,
         "metadata \"gradus\": that is the format's own name"},
        {{{"x", x}, {"y", x}}, {"k", "\xff"}, GD_ERROR_VALUE, "metadata \"k\": it is not UTF-8"},
        {{{"x", x}, {"y", x}},
         {"\xff", "k"},
         GD_ERROR_VALUE,
         "metadata \"\\xff\": it is not UTF-8"},
        {{{"x", x}, {"y", x}},
         {"k", NULL},
         GD_ERROR_ARGUMENT,
         "a key of the metadata, or its text, is NULL"},
    };
    write_old();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_int_equal(gd_safetensors_save(T, 2, cases[i].tensors, 1, &cases[i].text),
                         cases[i].status);
        assert_string_equal(gd_message() + sizeof T + 1, cases[i].message);
        assert_untouched();
    }
    const gd_metadata twice[] = {{"k", "1"}, {"k", "2"}};
    assert_int_equal(gd_safetensors_save(T, 0, NULL, 2, twice), GD_ERROR_VALUE);
    assert_message(T ": metadata \"k\": the name comes twice");
    gd_named_tensor tensor = {"x", x};
    assert_int_equal(gd_safetensors_save(NULL, 1, &tensor, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save(T, 1, NULL, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save(T, 1, &tensor, 1, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save(T, -1, &tensor, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_safetensors_save("missing/t", 1, &tensor, 0, NULL), GD_ERROR_IO);
    assert_message("missing/t: No such file or directory");
    assert_untouched();
    gd_tensor_destroy(x);
    gd_tensor_destroy(bools);
}

/* A header that Python, and the library itself, would not read is not written. */
static void test_too_much_text(void **state)
{
    (void)state;
    char *text = malloc(100000001);
    memset(text, 'x', 100000000);
    text[100000000] = '\0';
    write_old();
    assert_int_equal(gd_safetensors_save(T, 0, NULL, 1, &(gd_metadata){"k", text}), GD_ERROR_VALUE);
    assert_non_null(strstr(gd_message(), "names and metadata make a header of 100000"));
    free(text);
    assert_untouched();
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    int descriptor = lowest_descriptor(), k = 1;
    for (bool whole = false; !whole; ++k) {
        allocations count = {.fail_at = k};
        gd_set_allocator(counting_allocator, &count);
        write_old();
        gd_safetensors *f = gd_safetensors_open(FIXTURES "python.safetensors");
        gd_status status = f != NULL ? save_again(f) : GD_ERROR_MEMORY;
        whole = count.calls < k;
        assert_int_equal(status, whole ? GD_OK : GD_ERROR_MEMORY);
        if (!whole) {
            if (strstr(gd_message(), ": no memory") == NULL)
                fail_msg("%s", gd_message());
            assert_untouched();
        }
        gd_safetensors_close(f);
        assert_int_equal(count.live, 0);
    }
    assert_true(k > 18);
    gd_set_allocator(NULL, NULL);
    assert_int_equal(lowest_descriptor(), descriptor);
}

#define TEST(name) cmocka_unit_test(name)

int safetensors_save_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_no_room), TEST(test_full_disk),
                                       TEST(test_refused_saves), TEST(test_too_much_text),
                                       TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("safetensors_save", tests, enter_folder, leave_folder);
}
