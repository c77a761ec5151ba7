/* What is said of a step. */
#ifndef CLI_TRACE_STORY_H
#define CLI_TRACE_STORY_H

#include "cli/system/memory.h"
#include "cli/trace/view.h"

#include <stdio.h>

/* A few words for a step: "mul gives a". */
void trace_print_title(cli_bytes *text, const trace_view *view, int64_t step);

/* As HTML, with the names of tensors as code. */
void trace_put_sentence(FILE *file, const trace_view *view, int64_t step);

#endif
