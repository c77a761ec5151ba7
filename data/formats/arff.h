/* Reading ARFF: what its header, its rows and telling it share. */
#ifndef GRADUS_DATA_ARFF_H
#define GRADUS_DATA_ARFF_H

#include "data/input/lines.h"

typedef enum gd__arff_kind { GD__ARFF_NUMERIC, GD__ARFF_NOMINAL, GD__ARFF_TEXT } gd__arff_kind;

typedef struct gd__arff_attribute {
    gd__arff_kind kind;
    int32_t declared; /* levels of a nominal one */
    /* The level of its first value, which is that of a cell left out; -1: missing. */
    int32_t absent;
} gd__arff_attribute;

typedef struct gd__arff {
    gd__lines lines;
    gd_table *table;
    char *at;                      /* in the line */
    gd__arff_attribute *attribute; /* [room], of the table's columns */
    int room;
    int64_t values;  /* given in rows so far */
    int64_t targets; /* -C */
    gd__place targets_place;
} gd__arff;

typedef struct gd__arff_token {
    char *text;
    size_t length;
    gd__place place;
    bool quoted;
} gd__arff_token;

/* Everything up to @data; the table has its columns then. False with a message, as below. */
bool gd__arff_read_header(gd__arff *r);

/* The next token of the line, which becomes its text where it lies if it is quoted. */
bool gd__arff_read_token(gd__arff *r, const char *expected, gd__arff_token *token);

/* Moves over blanks, and a comment: whether nothing else follows in the line. */
bool gd__arff_is_line_end(gd__arff *r);

/* Whether a token is this word, of small letters, in any case. */
bool gd__arff_is_word(const gd__arff_token *token, const char *word);

/* What is expected instead of what is here; false. */
bool gd__arff_fail(const gd__arff *r, const char *expected);

static inline bool gd__arff_ends_token(char byte)
{
    return gd__is_blank(byte) || byte == ',' || byte == '{' || byte == '}';
}

#endif
