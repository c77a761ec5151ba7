/* The elements of a tensor, of any strides: as text, and as a hash by which a change is seen. */
#ifndef GRADUS_TRACE_WRITE_VALUES_H
#define GRADUS_TRACE_WRITE_VALUES_H

#include "trace/write/json_pieces.h"

#include <gradus/tensor.h>

/* ,"key":[..], all elements if there are at most `full`; else a window, and behind it
 * ,"key_window":[r,c],"key_stats":{..}. The key "values" has "window" and "stats". Statistics also
 * of more than 16 elements. */
void gd__write_values(gd__string *out, const char *key, const gd_tensor *x, int64_t full);

typedef struct gd__hash {
    uint64_t part[2];
} gd__hash;

/* Of all elements. It takes the place of a copy, which for a table of embeddings or a data set
 * would double the memory. Different elements have the same hash with a probability of about
 * 2^-128. */
gd__hash gd__hash_of(const gd_tensor *x);

#endif
