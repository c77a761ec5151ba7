/* gradus version */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <jansson.h>

#include <string.h>

static void test_text(void **state)
{
    (void)state;
    outcome o = run("gradus version > a; gradus --version > b; cmp a b && cat a");
    assert_int_equal(o.code, 0);
    assert_ptr_equal(strstr(o.out, "gradus 0."), o.out);
    gd_blas blas = gd_blas_info();
    assert_says(o.out, blas.config);
    assert_says(o.out, blas.kernel);
    assert_says(o.out, "\nCPU: ");
}

static void test_json(void **state)
{
    (void)state;
    json_t *json = json_loads(run("OPENBLAS_NUM_THREADS=1 gradus version --json").out, 0, NULL);
    assert_non_null(json);
    const json_t *blas = json_object_get(json, "blas");
    assert_ptr_equal(strstr(json_string_value(json_object_get(json, "version")), "0."),
                     json_string_value(json_object_get(json, "version")));
    assert_string_equal(json_string_value(json_object_get(blas, "kernel")), gd_blas_info().kernel);
    assert_string_equal(json_string_value(json_object_get(blas, "config")), gd_blas_info().config);
    assert_int_equal(json_integer_value(json_object_get(blas, "threads")), 1);
    /* The features as the kernel of the system names them, where it tells. */
    size_t i;
    json_t *feature, *cpu = json_object_get(json, "cpu");
    assert_true(json_is_array(cpu));
    json_array_foreach(cpu, i, feature)
    {
        assert_int_equal(
            run("test ! -r /proc/cpuinfo || grep -qw %s /proc/cpuinfo", json_string_value(feature))
                .code,
            0);
    }
    json_decref(json);
}

static void test_refused(void **state)
{
    (void)state;
    assert_fails(CLI_USAGE, "gradus version x", "gradus version: unexpected operand \"x\"\n");
    assert_fails(CLI_USAGE, "gradus version --jsno", "did you mean --json?");
}

int version_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_json),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("version", tests, enter_folder, leave_folder);
}
