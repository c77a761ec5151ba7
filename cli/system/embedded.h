/* Texts that are compiled into the command from files of their own kind, by cmake/embed.awk: lines,
 * NULL-terminated. */
#ifndef CLI_EMBEDDED_H
#define CLI_EMBEDDED_H

#include "cli/system/print.h"

extern const char *const cli_page_css[], *const cli_chart_css[];
extern const char *const cli_completion_bash[];
/* export/code/ */
extern const char *const cli_number_c[], *const cli_level_c[], *const cli_words_c[];
extern const char *const cli_exponential_c[], *const cli_own_exponential_c[];
extern const char *const cli_sigmoid_c[], *const cli_own_error_function_c[];
extern const char *const cli_own_logarithm_c[];

#endif
