/* What an encoder has learnt. */
#ifndef GRADUS_DATA_ENCODER_H
#define GRADUS_DATA_ENCODER_H

#include "tensor/text.h"

#include "data/rows/rows.h"
#include "data/table/table.h"
#include <gradus/json.h>

enum { GD__PART_KINDS = GD_ENCODED_MISSING + 1 };

/* One column. Its features are its own, then, with `missing`, one that says where it is
 * missing. */
typedef struct gd__part {
    gd_encoded_kind kind;
    bool missing;
    double mean, deviation; /* of a number; deviation > 0 */
    double least, most;     /* what (x - mean) / deviation is cut off at */
    gd__levels levels;      /* or words: distinct, in the order of their features */
    int64_t first;          /* feature */
} gd__part;

struct gd_encoder {
    int count, most;
    gd__part *parts;  /* [count], of `most` */
    gd__levels names; /* [count]: of the columns */
    gd__levels notes;
    int64_t width;
    char *features;                 /* their names, one behind another, each closed by a 0 */
    size_t features_size, *feature; /* [width]: where each begins */
    bool sparse; /* columns that a sparse table has not are zeros, as they were where it learnt */
};

/* Where nothing else cuts off: far beyond all data, and still a float. */
#define GD__FAR_OUT 1e30

/* Without a part, with room for `most`. NULL and a message. */
gd_encoder *gd__encoder_create(int most);

/* One more part. NULL and a message: there is one with this name, no memory. */
gd__part *gd__encoder_add(gd_encoder *encoder, const char *name, gd_encoded_kind kind);

/* Numbers and names the features of all parts, which are complete. False and a message: no
 * memory. */
bool gd__encoder_finish(gd_encoder *encoder);

/* Keeps the text, unless it is there. False and a message: no memory. */
bool gd__encoder_note(gd_encoder *encoder, const char *text);

/* Gives a part one more level. False and a message: it has it, no memory. */
bool gd__part_add_level(gd__part *part, const char *text);

/* As a model's file has it: a new value; and back, NULL and a message. */
gd_json *gd__encoder_to_json(const gd_encoder *encoder);
gd_encoder *gd__encoder_of_json(const gd_json *json);

static inline const char *gd__level_text(const gd__levels *levels, int64_t level)
{
    return levels->level[level].text;
}

/* The rows' numbers [end - begin], NaN where missing, infinite where too large. `rows` NULL: all.
 * False and a message with the place: a cell is neither missing nor a number. */
bool gd__read_numbers(const gd_table *table, int column, const gd_tensor *rows, int64_t begin,
                      int64_t end, double *numbers);

/* (number - mean) / deviation, cut off. */
float gd__standardised(const gd__part *part, double number);

/* "path:line:column: a number is expected in column .., found ..", as far as the place is known;
 * false. */
bool gd__fail_cell(const gd_table *table, int64_t row, int column, const char *expected);

static inline int64_t gd__chosen_row(const gd_tensor *rows, int64_t i)
{
    return rows != NULL ? gd__row_at(rows, i) : i;
}

/* How many rows the list has that fits the table, NULL: all; -1 and a message. */
int64_t gd__chosen_count(const char *function, const gd_table *table, const gd_tensor *rows);

/* The next word from *at on, parted by blanks: its length, *at its begin; 0: there is none. */
size_t gd__next_word(const char **at);

#endif
