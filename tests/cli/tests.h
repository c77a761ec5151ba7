/* The groups of this program, a file a command; each returns how many of its tests failed. */
#ifndef TESTS_CLI_TESTS_H
#define TESTS_CLI_TESTS_H

int options_tests(void);
int help_tests(void);
int output_tests(void);
int split_tests(void);
int convert_tests(void);
int inspect_tests(void);
int version_tests(void);
int predict_tests(void);
int step_tests(void);
int train_tests(void);
int train_model_tests(void);
int train_rows_tests(void);
int train_texts_tests(void);
int train_reading_tests(void);
int train_resume_tests(void);
int train_progress_tests(void);
int degenerate_tests(void);
int hostile_tests(void);
int hostile_formats_tests(void);
int inspect_model_tests(void);
int eval_tests(void);
int plot_tests(void);
int export_tests(void);
int export_onnx_tests(void);
int train_report_tests(void);
int report_page_tests(void);
int trace_page_tests(void);
int trace_graph_tests(void);
int trace_mutants_tests(void);
int memory_tests(void);
int untrusted_tests(void);
int places_tests(void);
int export_numbers_tests(void);
int together_tests(void);
int space_tests(void);
int signals_tests(void);
int remembered_tests(void);

#endif
