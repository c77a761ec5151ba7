/* Saving a .npy file that fails: what was there is as it was. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "folder.h"
#include "tests.h"

#include <gradus/tensor.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES GD_TESTS_DIR "/fixtures/npy/"

enum { HEADER = 128 }; /* bytes before the elements of a saved file */

/* The file and its folder are as before. */
static void assert_untouched(void)
{
    assert_same_file("t.npy", FIXTURES "i8.npy");
    assert_int_equal(count_files(), 1);
}

static void write_old(void)
{
    copy_file(FIXTURES "i8.npy", "t.npy");
}

static void test_no_room(void **state)
{
    (void)state;
    gd_tensor *x = gd_tensor_create_ones(GD_F64, GD_DIMS(1000));
    write_old();
    int descriptor = lowest_descriptor();
    for (size_t room = 0; room < HEADER + 8000; room += 100) { /* in the header, in the elements */
        limit_files(room);
        gd_status status = gd_tensor_save_npy("t.npy", x);
        limit_files((size_t)-1);
        assert_int_equal(status, GD_ERROR_IO);
        assert_message("t.npy: File too large");
        assert_untouched();
    }
    assert_int_equal(lowest_descriptor(), descriptor);
    assert_int_equal(gd_tensor_save_npy("t.npy", x), GD_OK);
    gd_tensor_destroy(x);
}

static void test_refused_saves(void **state)
{
    (void)state;
    uint8_t bytes[] = {0, 1, 7, 1};
    gd_tensor *x = gd_tensor_create_borrowed(GD_BOOL, bytes, GD_DIMS(2, 2));
    gd_tensor failed = gd_tensor_transpose(x, 0, 5);
    write_old();
    assert_int_equal(gd_tensor_save_npy("t.npy", x), GD_ERROR_VALUE);
    assert_message("t.npy: bool 0 or 1 is expected, found 7 in the tensor");
    bytes[2] = 0;
    assert_int_equal(gd_tensor_save_npy("missing/t.npy", x), GD_ERROR_IO);
    assert_message("missing/t.npy: No such file or directory");
    assert_int_equal(gd_tensor_save_npy("/", x), GD_ERROR_IO);
    assert_message("/: Is a directory");
    assert_int_equal(mkfifo("pipe", 0600), 0); /* not a device, which a broken check would remove */
    assert_int_equal(gd_tensor_save_npy("pipe", x), GD_ERROR_IO);
    assert_message("pipe: a regular file is expected");
    remove("pipe");
    assert_int_equal(gd_tensor_save_npy("", x), GD_ERROR_IO);
    assert_int_equal(gd_tensor_save_npy("t.npy", NULL), GD_ERROR_ARGUMENT);
    assert_message("save_npy: the tensor is NULL");
    assert_int_equal(gd_tensor_save_npy("t.npy", &failed), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_tensor_save_npy(NULL, x), GD_ERROR_ARGUMENT);
    assert_message("save_npy: the path is NULL");
    assert_untouched();
    gd_tensor_destroy(x);
}

/* What another process has left is neither used nor removed; a private file stays private. */
static void test_neighbours(void **state)
{
    (void)state;
    char left[64];
    struct stat status;
    gd_tensor *x = gd_tensor_load_npy(FIXTURES "u1.npy");
    snprintf(left, sizeof left, "t.npy.tmp.%ld.0", (long)getpid());
    write_file(left, "left", 4);
    write_old();
    chmod("t.npy", 0600);
    assert_int_equal(gd_tensor_save_npy("t.npy", x), GD_OK);
    assert_same_file("t.npy", FIXTURES "u1.npy");
    assert_int_equal(stat("t.npy", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(left, &status), 0);
    assert_int_equal(status.st_size, 4);
    remove(left);
    assert_int_equal(count_files(), 1);
    gd_tensor_destroy(x);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    int descriptor = lowest_descriptor(), k = 1;
    for (bool whole = false; !whole; ++k) {
        allocations count = {.fail_at = k};
        gd_set_allocator(counting_allocator, &count);
        write_old();
        gd_tensor *x = gd_tensor_load_npy(FIXTURES "u1_fortran.npy");
        gd_status status = GD_ERROR_MEMORY;
        if (x != NULL) {
            gd_tensor view = gd_tensor_transpose(x, 0, 1);
            status = gd_tensor_save_npy("t.npy", &view);
        }
        whole = count.calls < k;
        assert_int_equal(status, whole ? GD_OK : GD_ERROR_MEMORY);
        if (!whole) {
            assert_non_null(strstr(gd_message(), ".npy: no memory for "));
            assert_untouched();
        }
        gd_tensor_destroy(x);
        assert_int_equal(count.live, 0);
    }
    assert_true(k > 4);
    gd_set_allocator(NULL, NULL);
    assert_int_equal(lowest_descriptor(), descriptor);
}

/* Links are followed to the last one, also to a file that is not there yet. */
static void test_target_of_a_link(void **state)
{
    (void)state;
    char target[GD_LONGEST_PATH];
    assert_int_equal(symlink("../new", "a"), 0);
    assert_int_equal(symlink("./a", "b"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_true(gd_file_target("t.npy", target));
    assert_string_equal(target, "t.npy");
    assert_true(gd_file_target("b", target));
    assert_string_equal(target, "./../new");
    assert_false(gd_file_target("loop", target));
    assert_int_equal(errno, ELOOP);
    remove("a");
    remove("b");
    remove("loop");
}

#define TEST(name) cmocka_unit_test(name)

int npy_save_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_no_room), TEST(test_refused_saves),
                                       TEST(test_neighbours), TEST(test_target_of_a_link),
                                       TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("npy_save", tests, enter_folder, leave_folder);
}
