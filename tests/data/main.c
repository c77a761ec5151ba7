#include "tests.h"

int main(void)
{
    int failed = arff_tests() + csv_tests() + encoder_fit_tests() + encoder_apply_tests() +
                 encoder_json_tests() + json_tests() + folds_tests() + idx_tests() +
                 loader_tests() + locale_tests() + rows_tests() + select_tests() + source_tests() +
                 table_tests();
    failed += fasttext_tests() + guesses_tests() + round_trip_tests() + libsvm_tests() +
              matrices_tests() + written_tests() + round_trip_generated_tests() +
              proportion_tests();
    return failed > 0;
}
