#include "tests.h"

int main(void)
{
    int failed = options_tests() + help_tests() + output_tests() + version_tests();
    return failed > 0;
}
