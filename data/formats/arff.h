/* Reading ARFF: what the header, the rows and the detection share. Functions that return false
 * have written a message. */
#ifndef GRADUS_DATA_ARFF_H
#define GRADUS_DATA_ARFF_H

#include "data/input/lines.h"

typedef enum gd__arff_kind { GD__ARFF_NUMERIC, GD__ARFF_NOMINAL, GD__ARFF_TEXT } gd__arff_kind;

typedef struct gd__arff_attribute {
    gd__arff_kind kind;
    int32_t declared; /* number of levels of a nominal attribute */
    int32_t absent;   /* the level of a cell that a sparse row leaves out; -1: missing */
} gd__arff_attribute;

typedef struct gd__arff {
    gd__lines lines;
    gd_table *table;
    char *at;                      /* in the line */
    gd__arff_attribute *attribute; /* [columns], memory for `room` */
    int room;
    int64_t values;  /* given in rows so far */
    int64_t targets; /* MEKA's -C: the first ones, or if negative the last ones */
    gd__place targets_place;
} gd__arff;

/* Reads everything up to @data, and adds the columns. */
bool gd__arff_read_header(gd__arff *r);

/* Reads the next token of the line. A quoted one is unescaped in place. `expected` is for the
 * message. */
bool gd__arff_read_token(gd__arff *r, const char *expected, gd__field *token);

/* Skips blanks and a comment. Whether this is the end of the line. */
bool gd__arff_is_line_end(gd__arff *r);

/* Whether a token is this word (in small letters), in any case. */
bool gd__arff_is_word(const gd__field *token, const char *word);

/* Writes a message: what was expected here, and what was found. Returns false. */
bool gd__arff_fail(const gd__arff *r, const char *expected);

static inline bool gd__arff_ends_token(char byte)
{
    return gd__is_blank(byte) || byte == ',' || byte == '{' || byte == '}';
}

#endif
