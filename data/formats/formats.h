/* The formats of tables. To add one, write a file with its gd__format, and add it to the list in
 * data/formats/formats.c. */
#ifndef GRADUS_DATA_FORMATS_H
#define GRADUS_DATA_FORMATS_H

#include "data/formats/writer.h"
#include "data/table/table.h"

/* Texts that mark a missing value in formats without a rule of their own. */
#define GD__MISSING "?,NA,N/A,n/a,NaN,nan,null,NULL,None"

typedef struct gd__format {
    const char *name;                     /* as gd_table_options calls it */
    const char *endings;                  /* of file names: ".csv .txt"; .gz may follow */
    const char *missing;                  /* texts that mark a missing value, with commas between */
    bool (*is)(const gd__source *source); /* detects it in the first block; NULL: cannot */
    /* False with a message. Errors of the written file are looked for afterwards. NULL: the format
     * is only read. */
    bool (*read)(gd__source *source, gd_table *table);
    bool (*write)(gd__writer *w);
} gd__format;

extern const gd__format gd__format_csv, gd__format_tsv, gd__format_arff, gd__format_libsvm,
    gd__format_fasttext, gd__format_idx, gd__format_npy, gd__format_npz;

bool gd__write_csv(gd__writer *w);
bool gd__write_tsv(gd__writer *w);
bool gd__write_arff(gd__writer *w);
bool gd__write_libsvm(gd__writer *w);

#endif
