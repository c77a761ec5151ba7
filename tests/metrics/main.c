#include "tests.h"

int main(void)
{
    return fixtures_tests() + metric_tests() + refusal_tests() + memory_tests() > 0;
}
