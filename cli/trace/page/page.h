/* The page of a trace: one file that needs nothing else. */
#ifndef CLI_TRACE_PAGE_H
#define CLI_TRACE_PAGE_H

#include "cli/trace/view.h"

#include <stdio.h>

void trace_put_page(FILE *file, const trace_view *view);

/* The library's blocks of the recording's ops. */
void trace_put_blocks(FILE *file, const gd_recording *recording);

#endif
