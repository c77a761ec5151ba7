/* Where bytes come from: files, standard input, gzip. Seen through IDX, whose elements are the
 * bytes. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { COUNT = 700001, HEAD = 8, SIZE = HEAD + COUNT }; /* several blocks */

static unsigned char bytes[SIZE];

/* An IDX file of bytes that no compressor makes very small. */
static int make_bytes(void **state)
{
    const unsigned char head[HEAD] = {0, 0, 8, 1, 0, COUNT >> 16, COUNT >> 8 & 255, COUNT & 255};
    memcpy(bytes, head, sizeof head);
    uint32_t x = 1;
    for (int i = HEAD; i < SIZE; ++i)
        bytes[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 25);
    return enter_folder(state);
}

static void assert_whole(gd_tensor *x)
{
    if (x == NULL)
        fail_msg("%s", gd_message());
    assert_int_equal(x->shape[0], COUNT);
    assert_memory_equal(x->data, bytes + HEAD, COUNT);
    gd_tensor_destroy(x);
}

/* Appends a gzip member with bytes [from,to). */
static void compress_to(const char *path, int from, int to)
{
    gzFile file = gzopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes + from, (unsigned)(to - from)), to - from);
    assert_int_equal(gzclose(file), Z_OK);
}

static void test_plain_and_compressed(void **state)
{
    (void)state;
    write_file("t", bytes, SIZE);
    assert_whole(gd_idx_read("t"));
    remove("t");
    compress_to("t", 0, SIZE);
    assert_whole(gd_idx_read("t"));
    remove("t");
    const int cuts[] = {0, 3, 3, 262144, 262145, SIZE}; /* members, one of them empty */
    for (int i = 0; i < 5; ++i)
        compress_to("t", cuts[i], cuts[i + 1]);
    assert_whole(gd_idx_read("t"));
}

/* A pipe gives what it has, in pieces. */
static void test_standard_input(void **state)
{
    (void)state;
    write_file("t", bytes, SIZE);
    int before = dup(STDIN_FILENO);
    FILE *pipe = popen("dd if=t bs=1 count=1 2>/dev/null; tail -c +2 t", "r");
    assert_non_null(pipe);
    dup2(fileno(pipe), STDIN_FILENO);
    gd_tensor *x = gd_idx_read("-");
    dup2(before, STDIN_FILENO);
    close(before);
    assert_int_equal(pclose(pipe), 0);
    assert_whole(x);
}

static size_t read_back(unsigned char *compressed, size_t room)
{
    FILE *file = fopen("t", "rb");
    size_t size = fread(compressed, 1, room, file);
    fclose(file);
    assert_true(size < room);
    return size;
}

/* Every way to cut a small file, and to change a byte of it, is told or harmless. */
static void test_broken_gzip(void **state)
{
    (void)state;
    static unsigned char compressed[SIZE];
    remove("t");
    compress_to("t", 0, SIZE);
    size_t size = read_back(compressed, sizeof compressed);
    for (size_t cut = 2; cut < size; cut += cut < 40 || cut + 20 > size ? 1 : size / 20) {
        char message[128];
        write_file("t", compressed, cut);
        assert_null(gd_idx_read("t"));
        snprintf(message, sizeof message,
                 "t: byte %zu: more compressed data is expected, found the end of the file", cut);
        assert_string_equal(gd_message(), message);
    }
    compressed[size - 5] ^= 1; /* of the sum */
    write_file("t", compressed, size);
    assert_null(gd_idx_read("t"));
    assert_non_null(
        strstr(gd_message(), ": valid compressed data is expected, found: incorrect data check"));
    compressed[size - 5] ^= 1;
    memcpy(compressed + size, "more", 5);
    write_file("t", compressed, size + 4);
    assert_null(gd_idx_read("t"));
    assert_non_null(
        strstr(gd_message(), ": valid compressed data is expected, found: incorrect header check"));
}

static void test_no_file(void **state)
{
    (void)state;
    assert_null(gd_idx_read("missing"));
    assert_string_equal(gd_message(), "missing: No such file or directory");
    assert_null(gd_idx_read("/"));
    assert_string_equal(gd_message(), "/: Is a directory");
    assert_null(gd_idx_read(NULL));
    int before = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    assert_null(gd_idx_read("-"));
    dup2(before, STDIN_FILENO);
    close(before);
    assert_string_equal(gd_message(), "standard input: Bad file descriptor");
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    remove("t");
    compress_to("t", 0, SIZE);
    bool whole = false;
    for (long k = 1; !whole && k < 100; ++k) {
        fail_allocation(k);
        gd_tensor *x = gd_idx_read("t");
        whole = allocation_failed() == false;
        assert_true((x != NULL) == whole);
        gd_tensor_destroy(x);
        assert_int_equal(allocations_live(), 0);
    }
    assert_true(whole);
    gd_set_allocator(NULL, NULL);
}

#define TEST(name) cmocka_unit_test(name)

int source_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_plain_and_compressed), TEST(test_standard_input),
                                       TEST(test_broken_gzip), TEST(test_no_file),
                                       TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("source", tests, make_bytes, leave_folder);
}
