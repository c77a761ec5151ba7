/* The lines of a text file, for formats in which a record is a line. */
#ifndef GRADUS_DATA_LINES_H
#define GRADUS_DATA_LINES_H

#include "data/table/table.h"

/* Lines end with LF or CRLF; the last one may have neither. A byte order mark is skipped. */
typedef struct gd__lines { /* {.source = .., .table = ..} */
    gd__source *source;
    const gd_table *table; /* for messages */
    char *text, *end; /* the line's bytes, which may be changed. The byte at `end` ends a number,
                              and GD__SOURCE_SLACK bytes from there are readable */
    int64_t number;   /* from 1 */
} gd__lines;

/* Goes to the next line. *found: whether there is one. False with a message. */
bool gd__lines_next(gd__lines *lines, bool *found);

/* Writes the message "path:line:column: `expected` is expected, found .." about the byte at `at`.
 * Returns false. */
bool gd__lines_fail(const gd__lines *lines, const char *at, const char *expected);

static inline gd__place gd__lines_place(const gd__lines *lines, const char *at)
{
    return (gd__place){lines->number, at - lines->text + 1};
}

static inline char *gd__skip_blanks(char *at, const char *end)
{
    while (at < end && gd__is_blank(*at))
        ++at;
    return at;
}

#endif
