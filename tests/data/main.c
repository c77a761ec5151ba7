#include "tests.h"

int main(void)
{
    int failed = csv_tests() + encoder_tests() + folds_tests() + idx_tests() + loader_tests() +
                 locale_tests() + rows_tests() + select_tests() + source_tests() + table_tests();
    failed += arff_tests();
    return failed > 0;
}
