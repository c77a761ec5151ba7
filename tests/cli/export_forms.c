/* gradus export to npz and json: what is in them is what is in the model. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <gradus.h>

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define MODELS SH_TESTS "/fixtures/onnx/"

static void assert_same_floats(const gd_tensor *x, const gd_tensor *y)
{
    assert_non_null(x);
    assert_int_equal(x->dtype, y->dtype);
    assert_int_equal(x->ndim, y->ndim);
    for (int d = 0; d < x->ndim; ++d)
        assert_int_equal(x->shape[d], y->shape[d]);
    assert_memory_equal(x->data, y->data, (size_t)gd_tensor_numel(x) * sizeof(float));
}

/* ---- npz ---- */

/* A member's bytes become the file member.npy; its size. */
static size_t unpack(zip_t *zip, const char *name)
{
    static char bytes[1 << 16];
    zip_stat_t stat;
    assert_int_equal(zip_stat(zip, name, 0, &stat), 0);
    assert_int_equal(stat.comp_method, ZIP_CM_STORE);
    zip_file_t *member = zip_fopen(zip, name, 0);
    assert_non_null(member);
    zip_int64_t n = zip_fread(member, bytes, sizeof bytes);
    assert_int_equal(n, stat.size);
    zip_fclose(member);
    FILE *file = fopen("member.npy", "wb");
    assert_int_equal(fwrite(bytes, 1, (size_t)n, file), n);
    fclose(file);
    return (size_t)n;
}

static gd_tensor *unpack_tensor(zip_t *zip, const char *name)
{
    unpack(zip, name);
    gd_tensor *x = gd_tensor_load_npy("member.npy");
    if (x == NULL)
        fail_msg("%s: %s", name, gd_message());
    return x;
}

/* The array of texts begins so; numpy.load says of these files what is expected here. */
static void assert_texts(zip_t *zip, const char *name, const char *header, const char *characters,
                         size_t count)
{
    size_t size = unpack(zip, name);
    const char *bytes = read_file("member.npy");
    assert_memory_equal(bytes, "\x93NUMPY\1\0\x76\0", 10);
    assert_memory_equal(bytes + 10, header, strlen(header));
    assert_int_equal(bytes[127], '\n');
    assert_true(size >= 128 + count);
    assert_memory_equal(bytes + 128, characters, count);
}

static void test_npz(void **state)
{
    (void)state;
    outcome o = run("gradus export " MODELS "labels.safetensors -o m.npz");
    assert_int_equal(o.code, CLI_OK);
    gd_safetensors *file = gd_safetensors_open(GD_TESTS_DIR "/fixtures/onnx/labels.safetensors");
    zip_t *zip = zip_open("m.npz", ZIP_RDONLY, NULL);
    assert_non_null(zip);
    assert_int_equal(zip_get_num_entries(zip, 0), 4 + 6);
    for (int i = 0; i < gd_safetensors_count(file); ++i) {
        char name[64];
        snprintf(name, sizeof name, "%s.npy", gd_safetensors_name(file, i));
        gd_tensor *x = unpack_tensor(zip, name);
        assert_same_floats(x, gd_safetensors_at(file, i));
        gd_tensor_destroy(x);
    }
    const double means[] = {3, -1, 1e6}, deviations[] = {2, 0.5, 1e5};
    gd_tensor *mean = unpack_tensor(zip, "mean.npy"),
              *deviation = unpack_tensor(zip, "deviation.npy");
    assert_memory_equal(mean->data, means, sizeof means);
    assert_memory_equal(deviation->data, deviations, sizeof deviations);
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
    assert_texts(zip, "outputs.npy", "{'descr': '<U1', 'fortran_order': False, 'shape': (2,), }",
                 "p\0\0\0q\0\0", 8);
    assert_texts(zip, "features.npy", "{'descr': '<U1', 'fortran_order': False, 'shape': (3,), }",
                 "a\0\0\0b\0\0\0c\0\0", 12);
    unpack(zip, "description.npy");
    assert_says(read_file("member.npy") + 10, "'shape': (), }");
    zip_close(zip);
    gd_safetensors_close(file);
    assert_int_equal(
        run("gradus export " MODELS "labels.safetensors -o - --to npz | cmp - m.npz").code, 0);
}

static void test_texts_beyond_ascii(void **state)
{
    (void)state;
    assert_int_equal(run("gradus export " MODELS "kinds.safetensors -o m.npz").code, CLI_OK);
    zip_t *zip = zip_open("m.npz", ZIP_RDONLY, NULL);
    assert_non_null(zip);
    size_t size = unpack(zip, "features.npy"); /* year, year missing, 4 of colour, 5 words, .. */
    const char *bytes = read_file("member.npy");
    assert_int_equal(size, 128 + 16 * 14 * 4); /* "colour missing" is the longest */
    assert_memory_equal(bytes + 128 + (size_t)4 * 14 * 4 + sizeof "colour=" * 4 - 4,
                        "b\0\0\0\x42\1\0\0u\0\0\0e\0\0\0", 16); /* the second is U+0142 */
    zip_close(zip);
}

/* ---- json ---- */

static void assert_list(const json_t *list, const float *values, int64_t count)
{
    assert_int_equal(json_array_size(list), count);
    for (int64_t i = 0; i < count; ++i)
        assert_true(json_real_value(json_array_get(list, (size_t)i)) == (double)values[i]);
}

static void test_json(void **state)
{
    (void)state;
    json_t *json = run_json("gradus export " MODELS "labels.safetensors -o - --to json");
    gd_safetensors *file = gd_safetensors_open(GD_TESTS_DIR "/fixtures/onnx/labels.safetensors");
    const json_t *layers = json_object_get(json, "layers");
    assert_int_equal(json_array_size(layers), 2);
    for (int l = 0; l < 2; ++l) {
        const json_t *layer = json_array_get(layers, (size_t)l);
        const gd_tensor *w = gd_safetensors_find(file, l == 0 ? "0.weight" : "2.weight"),
                        *b = gd_safetensors_find(file, l == 0 ? "0.bias" : "2.bias");
        assert_list(json_object_get(layer, "bias"), b->data, b->shape[0]);
        assert_int_equal(json_array_size(json_object_get(layer, "weight")), w->shape[0]);
        for (int64_t o = 0; o < w->shape[0]; ++o)
            assert_list(json_array_get(json_object_get(layer, "weight"), (size_t)o),
                        (const float *)w->data + o * w->shape[1], w->shape[1]);
    }
    json_t *model = json_loads(gd_safetensors_metadata(file, "model"), 0, NULL);
    assert_true(json_equal(json_object_get(json, "target"), json_object_get(model, "target")));
    json_t *columns = json_object_get(json_object_get(model, "encoder"), "columns");
    assert_int_equal(json_array_size(json_object_get(json, "columns")), json_array_size(columns));
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "features"), 2)),
                        "c");
    json_decref(model);
    json_decref(json);
    gd_safetensors_close(file);
}

static void test_refused(void **state)
{
    (void)state;
    assert_fails(CLI_USAGE,
                 "cp " MODELS "labels.safetensors m.st; gradus export m.st -o m.st --to json",
                 "gradus export: --output would replace m.st, which is to be read\n");
    for (int i = 0; i < 3; ++i) {
        const char *form = (const char *const[]){"json", "npz", "onnx"}[i];
        char line[256];
        snprintf(line, sizeof line,
                 "gradus export " MODELS "labels.safetensors --to %s -o /dev/full", form);
        assert_fails(CLI_RUNTIME, line, "gradus: /dev/full: No space left on device\n");
        snprintf(line, sizeof line, "gradus export " MODELS "labels.safetensors -o m.%s --int8",
                 form);
        assert_fails(CLI_USAGE, line, "--int8, --no-libm, --name and --data are for C\n");
    }
}

int export_forms_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_npz),
                                       cmocka_unit_test(test_texts_beyond_ascii),
                                       cmocka_unit_test(test_json), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("export to npz and json", tests, enter_folder, leave_folder);
}
