#include "tests.h"

int main(void)
{
    int failed = options_tests() + help_tests() + output_tests() + version_tests() + split_tests() +
                 convert_tests() + inspect_tests() + eval_tests() + predict_tests();
    return failed > 0;
}
