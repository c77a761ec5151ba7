#include "tests.h"

int main(void)
{
    int failed = csv_tests() + encoder_tests() + idx_tests() + rows_tests() + folds_tests() +
                 loader_tests() + source_tests();
    return failed > 0;
}
