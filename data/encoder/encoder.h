/* An encoder in memory: what it has learnt of each column. */
#ifndef GRADUS_DATA_ENCODER_H
#define GRADUS_DATA_ENCODER_H

#include "data/rows/rows.h"
#include "data/table/table.h"
#include "tensor/text.h"

#include <gradus/json.h>

enum { GD__ENCODED_KINDS = GD_ENCODED_MISSING + 1 };

/* A column. The features of its values come first. If `missing`, one more is 1 where the value is
 * missing. */
typedef struct gd__part {
    gd_encoded_kind kind;
    bool missing;
    double mean, deviation; /* of numbers; deviation > 0 */
    double least, most;     /* the bounds to which (x - mean) / deviation is clipped */
    gd__levels levels;      /* distinct levels or words, in the order of their features */
    int64_t first;          /* index of the first feature */
} gd__part;

struct gd_encoder {
    int count, most;
    gd__part *parts;     /* [count], memory for `most` */
    gd__levels names;    /* [count]: of the columns */
    gd__levels notes;    /* for the user */
    gd__levels features; /* [width]: their names */
    bool sparse;         /* a column that a sparse table lacks is all 0, as in training */
};

/* The encoding of selected rows of a table, any number of rows at a time: features of many rows take
 * far more memory than the table. */
typedef struct gd__encoding {
    const gd_encoder *encoder;
    const gd_table *table;
    const gd_tensor *rows; /* [count]; NULL: all */
    int64_t count;
    struct gd__place_of_part *sources; /* [encoder->count] */
    gd_tensor *x;                      /* of rows from `first` on */
    int64_t first;
    int64_t counted; /* rows before this one have been encoded */
    int64_t unknown; /* of these, cells that gd_encoder_apply calls unknown */
} gd__encoding;

/* Finds the columns. False with a message: as gd_encoder_apply; there is nothing to close. */
bool gd__encoding_open(gd__encoding *encoding, const gd_encoder *encoder, const gd_table *table,
                       const gd_tensor *rows);
/* The features of `count` rows, [count,inputs], the caller's. The rows may be encoded again; they
 * are counted once. NULL with a message: no memory. */
gd_tensor *gd__encoding_rows(gd__encoding *encoding, int64_t first, int64_t count);
void gd__encoding_close(gd__encoding *encoding);

/* The bounds of a column without any: beyond all data, but finite as float32. */
#define GD__FAR_OUT 1e30

/* An encoder without parts, with memory for `most`. NULL with a message: no memory. */
gd_encoder *gd__encoder_create(int most);

/* Adds a part. NULL with a message: a part of this name exists, no memory. */
gd__part *gd__encoder_add(gd_encoder *encoder, const char *name, gd_encoded_kind kind);

/* Numbers and names the features when all parts are complete. False with a message: no memory. */
bool gd__encoder_finish(gd_encoder *encoder);

/* Adds a note, once. False with a message: no memory. */
bool gd__encoder_note(gd_encoder *encoder, const char *text);

/* Adds a level to a part. False with a message: the part has this level, no memory. */
bool gd__part_add_level(gd__part *part, const char *text);

/* The encoder as a new JSON value, for the metadata of a model, and back: NULL with a message. */
gd_json *gd__encoder_to_json(const gd_encoder *encoder);
gd_encoder *gd__encoder_of_json(const gd_json *json);

static inline const char *gd__level_text(const gd__levels *levels, int64_t level)
{
    return levels->level[level].text;
}

/* (number - mean) / deviation, before clipping. */
static inline double gd__standardised(const gd__part *part, double number)
{
    return (number - part->mean) / part->deviation;
}

/* "path:line:column: `expected` is expected in column .., found ..", as far as the place is known;
 * false. */
bool gd__fail_cell(const gd_table *table, int64_t row, int column, const char *expected);

/* The number of selected rows [n] int64 (NULL: all of the table); -1 with a message. */
int64_t gd__chosen_count(const char *function, const gd_table *table, const gd_tensor *rows);

/* The next word from *at on, separated by white space. Moves *at to it and returns its length; 0:
 * there are no more. */
size_t gd__next_word(const char **at);

#endif
