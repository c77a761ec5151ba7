#include "tests.h"

int main(void)
{
    int failed = csv_tests() + rows_tests();
    return failed > 0;
}
