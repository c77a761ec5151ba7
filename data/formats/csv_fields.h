/* Cuts CSV text (RFC 4180) into quoted and plain fields, in place in the block of its source. */
#ifndef GRADUS_DATA_CSV_FIELDS_H
#define GRADUS_DATA_CSV_FIELDS_H

#include "data/table/table.h"

/* Kinds of bytes; those from DELIMITER to CARRIAGE_RETURN end a field. */
enum { GD__ORDINARY, GD__DELIMITER, GD__LINE_FEED, GD__CARRIAGE_RETURN, GD__QUOTE, GD__ZERO };

typedef struct gd__text_line {
    int64_t number, start; /* from 1; offset of its first byte in the file */
} gd__text_line;

typedef struct gd__cutter {
    gd__source *source;
    gd_table *table; /* for messages */
    char *at;        /* the next field, in source->text */
    char delimiter;
    uint64_t delimiters;     /* the delimiter, eight times */
    unsigned char kind[256]; /* of each byte */
    gd__text_line line;
    bool hold;      /* keep the text from source->at on, to cut it again */
    char *unquoted; /* [unquoted_size + slack] a field without doubled quotes; freed by the owner */
    size_t unquoted_size;
} gd__cutter;

/* Functions that return false have written a message. */

void gd__cut_at(gd__cutter *cutter, char delimiter); /* sets the delimiter */

/* Cuts the next field, without quotes and surrounding blanks, and moves to the byte that ends it:
 * a delimiter, a line end, the end of the file. The text is valid until the next call. */
bool gd__cut_field(gd__cutter *cutter, gd__field *field);

/* Moves past a line end; does nothing at the end of the file. */
bool gd__cut_line_end(gd__cutter *cutter);

/* Moves past empty lines; *found: whether another line follows. */
bool gd__cut_empty_lines(gd__cutter *cutter, bool *found);

/* Whether a field follows in the same line. */
static inline bool gd__cut_more(const gd__cutter *cutter)
{
    return *cutter->at == cutter->delimiter;
}

/* The place of a byte of this line. */
gd__place gd__cut_place(const gd__cutter *cutter, const gd__text_line *line, const char *at);

/* Writes a message with the place of a byte of the current line; false. */
bool gd__cut_fail(const gd__cutter *cutter, const char *at, const char *message);

#define GD__EACH_BYTE ((uint64_t)0x0101010101010101u)

/* Sets the high bit of each byte of the word that may end a field: the delimiter, a quote, a byte
 * below `below`. Only the lowest of these bits is exact. */
static inline uint64_t gd__find_ends(uint64_t word, uint64_t delimiters, char below)
{
    uint64_t d = word ^ delimiters, q = word ^ ('"' * GD__EACH_BYTE);
    uint64_t low = (word - (unsigned char)below * GD__EACH_BYTE) & ~word;
    return (((d - GD__EACH_BYTE) & ~d) | ((q - GD__EACH_BYTE) & ~q) | low) & (0x80 * GD__EACH_BYTE);
}

#endif
