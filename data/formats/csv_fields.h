/* Cutting text into quoted and plain fields (RFC 4180), where it lies in its source's block. */
#ifndef GRADUS_DATA_CSV_FIELDS_H
#define GRADUS_DATA_CSV_FIELDS_H

#include "data/table/table.h"

/* Kinds of bytes; those from DELIMITER to CARRIAGE_RETURN end a field. */
enum { GD__ORDINARY, GD__DELIMITER, GD__LINE_FEED, GD__CARRIAGE_RETURN, GD__QUOTE, GD__ZERO };

typedef struct gd__text_line {
    int64_t number, start; /* from 1; of its first byte in the file */
} gd__text_line;

typedef struct gd__cutter {
    gd__source *source;
    gd_table *table; /* for messages */
    char *at;        /* the field that is being cut, in source->text */
    char delimiter;
    uint64_t delimiters;     /* eight times */
    unsigned char kind[256]; /* of a byte */
    gd__text_line line;
    bool quoted;    /* the last field was */
    bool hold;      /* what is before `at` from source->at on must stay */
    char *unquoted; /* [unquoted_size + slack] a field without its doubled quotes; yours to free */
    size_t unquoted_size;
} gd__cutter;

/* From now on this is what stands between fields. */
void gd__cut_at(gd__cutter *cutter, char delimiter);

/* Moves past a field, to what ends it: a delimiter, a line end, the end of the file. The text is
 * without quotes, or blanks around, and valid until the next one is cut. False with a message. */
bool gd__cut_field(gd__cutter *cutter, const char **text, size_t *length, gd__place *place);

/* Moves past a line end, if there is one here, or the end of the file. False with a message. */
bool gd__cut_line_end(gd__cutter *cutter);

/* Moves to the next line that is not empty; *found: there is one. False with a message. */
bool gd__cut_empty_lines(gd__cutter *cutter, bool *found);

/* The place of a byte of this line. */
gd__place gd__cut_place(const gd__cutter *cutter, const gd__text_line *line, const char *at);

/* A message with the place of a byte of the current line; false. */
bool gd__cut_fail(const gd__cutter *cutter, const char *at, const char *message);

#define GD__EACH_BYTE ((uint64_t)0x0101010101010101u)

/* The high bit of bytes that may end a field: the delimiter, a quote, and those below `below`. It
 * is right in the lowest such byte. */
static inline uint64_t gd__find_ends(uint64_t word, uint64_t delimiters, char below)
{
    uint64_t d = word ^ delimiters, q = word ^ ('"' * GD__EACH_BYTE);
    uint64_t low = (word - (unsigned char)below * GD__EACH_BYTE) & ~word;
    return (((d - GD__EACH_BYTE) & ~d) | ((q - GD__EACH_BYTE) & ~q) | low) & (0x80 * GD__EACH_BYTE);
}

#endif
