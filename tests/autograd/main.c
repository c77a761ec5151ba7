#include "tests.h"

int main(void)
{
    int failed = generated_tests() + descriptions_tests() + gradcheck_tests() + tape_tests() +
                 backward_tests() + anomaly_tests() + anomaly_gradients_tests() + values_tests() +
                 memory_tests() + threads_tests() + pools_tests() + fixtures_tests() +
                 user_ops_tests() + extremes_tests() + marks_tests() + limits_tests() +
                 observe_tests();
    return failed > 0;
}
