/* 200 random programs: replayed bit for bit, and proven. */
#include "../cmocka_all.h"
#include "random_program.h"
#include "tests.h"
#include "traced.h"

#include <stdlib.h>

static void test_random_programs(void **state)
{
    (void)state;
    int other_bits = 0, first = 0, last = 200;
    verdicts sum = {0, 0, 0, 0};
    const char *wanted = getenv("GD_TRACE_PROGRAM"); /* one of them alone */
    if (wanted != NULL)
        first = atoi(wanted), last = first + 1;
    for (int k = first; k <= last; ++k) {
        /* the last one: a sum over rows nearly cancels the gradient that it is added to */
        int seed = k < last ? k : 20166;
        char label[64];
        random_program_options options = {(uint64_t)seed, seed % 4 == 3 ? GD_F64 : GD_F32};
        gd_recording *r = record(random_program, &options, NULL);
        snprintf(label, sizeof label, "program %d", seed);
        other_bits += count_other_bits(r, label);
        for (int64_t step = 1; step <= r->steps; ++step) {
            verdicts v = prove(r, step, label);
            sum.unchecked += v.unchecked;
            sum.right += v.right;
            sum.wrong += v.wrong;
            sum.rounded += v.rounded;
        }
        gd_recording_destroy(r);
    }
    print_message("%d right, %d wrong, %d rounded, %d unchecked\n", sum.right, sum.wrong,
                  sum.rounded, sum.unchecked);
    assert_int_equal(other_bits, 0);
    assert_int_equal(sum.wrong, 0);
    assert_int_equal(sum.rounded, 0);
    assert_true(sum.right > 10000);
}

int random_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_programs),
    };
    return cmocka_run_group_tests_name("random programs", tests, NULL, NULL);
}
