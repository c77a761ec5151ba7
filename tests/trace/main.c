/* Traces: written, read back, run again. */
#include "tests.h"

int main(void)
{
    int failed = 0;
    failed += read_tests();
    failed += read_refused_tests();
    failed += replay_tests();
    failed += write_tests();
    failed += write_limits_tests();
    failed += prove_tests();
    failed += layers_tests();
    failed += memory_tests();
    failed += random_tests();
    failed += programs_tests();
    failed += formulas_tests();
    failed += explain_tests();
    failed += story_tests();
    failed += mutants_tests();
    failed += replay_ops_tests();
    return failed != 0;
}
