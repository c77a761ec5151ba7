/* fashion_mnist on images that are made here; and on the real ones where they are installed. */
#include "tests.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FASHION   "fashion_mnist"
#define INSTALLED "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"

static const char *const files[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                                    "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"};
enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, FILES };

static char folder[64];

static void path_of(int file, char path[128])
{
    snprintf(path, 128, "%s/%s", folder, files[file]);
}

/* Image i is dark where i is even, bright where it is odd. */
static void write_images(int file, int n, int rows, int columns)
{
    char path[128];
    path_of(file, path);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    const uint8_t header[] = {
        0, 0, 8, 3, 0, 0, 0, (uint8_t)n, 0, 0, 0, (uint8_t)rows, 0, 0, 0, (uint8_t)columns};
    fwrite(header, 1, sizeof header, out);
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < rows * columns; ++k)
            fputc(i % 2 == 0 ? 20 + k % 7 : 230 + k % 7, out);
    assert_int_equal(fclose(out), 0);
}

/* Of those: 0 where i is even, `odd` where it is odd. */
static void write_labels(int file, int n, int odd)
{
    char path[128];
    path_of(file, path);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    const uint8_t header[] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)n};
    fwrite(header, 1, sizeof header, out);
    for (int i = 0; i < n; ++i)
        fputc(i % 2 == 0 ? 0 : odd, out);
    assert_int_equal(fclose(out), 0);
}

/* A folder of 200 images to train on and 51 to test on. */
static int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gradus_fashion_XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    write_images(TRAIN_IMAGES, 200, 28, 28);
    write_labels(TRAIN_LABELS, 200, 9);
    write_images(TEST_IMAGES, 51, 28, 28);
    write_labels(TEST_LABELS, 51, 9);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; ++i) {
        char path[128];
        path_of(i, path);
        remove(path);
    }
    return rmdir(folder);
}

static void test_trains(void **state)
{
    (void)state;
    char command[256], outputs[2][2048];
    snprintf(command, sizeof command, "%s --epochs 40 --seed 3 %s 2>&1", FASHION, folder);
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(run(command, outputs[i], sizeof outputs[i]), 0);
        assert_non_null(strstr(outputs[i], "epoch 40 of 40  loss "));
        assert_true(number_after(outputs[i], "\"test_accuracy\": ") == 1);
        assert_true(number_after(outputs[i], "\"test_log_loss\": ") < 0.5);
        assert_true(number_after(outputs[i], "\"epochs\": ") == 40);
        assert_true(number_after(outputs[i], "\"seconds\": ") > 0);
        *strstr(outputs[i], "\"seconds\"") = '\0';
    }
    assert_string_equal(outputs[0], outputs[1]); /* the same seed, the same numbers */
}

/* Nothing on stdout; status 77, which harnesses take for "skipped", and what to install. */
static void test_is_skipped_without_images(void **state)
{
    (void)state;
    char output[512], path[128];
    assert_fails(FASHION, "/no/such/folder", 77,
                 "skipped: there is no /no/such/folder/train-images-idx3-ubyte.gz; apt-get install "
                 "dataset-fashion-mnist");
    assert_int_equal(run(FASHION " /no/such/folder 2>/dev/null", output, sizeof output), 77);
    assert_string_equal(output, "");
    path_of(TEST_IMAGES, path);
    remove(path);
    assert_fails(FASHION, folder, 77, "t10k-images-idx3-ubyte.gz");
}

static void test_refuses(void **state)
{
    (void)state;
    char path[128], arguments[80];
    snprintf(arguments, sizeof arguments, "--quiet %s", folder);
    write_images(TRAIN_IMAGES, 200, 28, 27);
    assert_fails(FASHION, folder, 1, "the images must be bytes [N,28,28]");
    write_images(TRAIN_IMAGES, 0, 28, 28);
    assert_fails(FASHION, folder, 1, "the images must be bytes [N,28,28]");
    write_images(TRAIN_IMAGES, 200, 28, 28);
    write_images(TRAIN_LABELS, 200, 28, 28);
    assert_fails(FASHION, folder, 1, "the labels must be bytes [N]");
    write_labels(TRAIN_LABELS, 199, 9);
    assert_fails(FASHION, folder, 1, "has 199 rows, tensor 0 has 200");
    write_labels(TRAIN_LABELS, 200, 10);
    assert_fails(FASHION, arguments, 1, "cross_entropy: target 10 at");
    path_of(TRAIN_IMAGES, path);
    assert_int_equal(truncate(path, 1000), 0);
    assert_fails(FASHION, folder, 1, "train-images-idx3-ubyte.gz");
    path_of(TRAIN_LABELS, path);
    remove(path);
    write_images(TRAIN_IMAGES, 200, 28, 28);
    assert_fails(FASHION, folder, 1, "train-labels-idx1-ubyte.gz: No such file");
}

/* An epoch of the real images; ten reach 0.89. */
static void test_real_images(void **state)
{
    (void)state;
#ifdef NDEBUG
    char output[512];
    if (access(INSTALLED, R_OK) != 0)
        skip();
    assert_int_equal(run(FASHION " --quiet --epochs 1", output, sizeof output), 0);
    assert_true(number_after(output, "\"test_accuracy\": ") >= 0.84);
#else
    skip(); /* sanitizers are slow */
#endif
}

int fashion_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_trains, enter, leave),
        cmocka_unit_test_setup_teardown(test_is_skipped_without_images, enter, leave),
        cmocka_unit_test_setup_teardown(test_refuses, enter, leave),
        cmocka_unit_test(test_real_images),
    };
    return cmocka_run_group_tests_name("fashion", tests, NULL, NULL);
}
