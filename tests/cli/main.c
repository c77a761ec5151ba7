#include "tests.h"

int main(void)
{
    int failed = options_tests() + help_tests() + output_tests() + version_tests() + split_tests() +
                 convert_tests() + inspect_tests() + eval_tests() + predict_tests() +
                 train_tests() + train_model_tests() + train_rows_tests() + train_texts_tests() +
                 train_reading_tests() + train_resume_tests() + train_progress_tests() +
                 degenerate_tests() + hostile_tests() + hostile_formats_tests() +
                 inspect_model_tests() + plot_tests() + export_tests() + export_onnx_tests() +
                 train_report_tests() + report_page_tests() + trace_page_tests() +
                 trace_graph_tests() + trace_mutants_tests() + step_tests() + memory_tests() +
                 untrusted_tests() + places_tests() + together_tests() + space_tests() +
                 signals_tests() + remembered_tests();
    return failed > 0;
}
