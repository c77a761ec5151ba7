/* Files of this folder, of graph/ and of the library that are compiled into the command: cmake/embed.awk. */
#ifndef CLI_TRACE_FILES_H
#define CLI_TRACE_FILES_H

#include <stdio.h>

/* Lines, NULL-terminated. */
extern const char *const trace_page_css[];
extern const char *const trace_graph_css[]; /* also of a picture that stands alone */
extern const char *const trace_canvas_css[];
extern const char *const trace_graph_js[];
extern const char *const trace_page_js[];

/* What the library's source says of an op, from its derivation to its gd_op. */
typedef struct trace_block {
    const char *op, *file;
    int line; /* of the first in the file */
    const char *const *lines;
} trace_block;

extern const trace_block trace_blocks[]; /* ends with a NULL op */

void trace_put_lines(FILE *file, const char *const *lines);

#endif
