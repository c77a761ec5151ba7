/* The words of the story. */
#ifndef GRADUS_TRACE_STORY_H
#define GRADUS_TRACE_STORY_H

#include "trace/text.h"

#include <gradus/trace.h>

/* Adds a name, values: "[2.1, -0.9]", "5.1", or of many "64 x 10 numbers from -1.2 to 3.4", and
 * "two" or "the second". */
void gd__tell_name(gd__string *text, const gd_recording *r, int64_t tensor);
void gd__tell_values(gd__string *text, const gd_recorded_values *v, int ndim, const int64_t *shape);
void gd__tell_count(gd__string *text, int64_t count);
void gd__tell_ordinal(gd__string *text, int64_t number); /* from 1 */

/* Between the items of a list: "a", "a and b", "a, b and c". */
void gd__tell_between(gd__string *text, int64_t i, int64_t count);

/* "a + b": the formula of the op with the names of its operands; false: it has none that is
 * short. */
bool gd__tell_formula(gd__string *text, const gd_recording *r, const gd_recorded_node *node);

/* ---- parts ---- */

/* Whether nothing that was recorded before is infinite or NaN, and the event is: "; the first that
 * is not finite, at [1,2]". */
bool gd__is_first_nonfinite(const gd_recording *r, int64_t event);
void gd__tell_nonfinite(gd__string *text, const gd_recording *r, int64_t event);

void gd__tell_tensor_values(gd__string *text, const gd_recording *r, int64_t tensor,
                            const gd_recorded_values *values);
void gd__tell_call(gd__string *text, const gd_recording *r, int64_t node);

/* ---- sentences, without their points ---- */

void gd__story_backward(gd__string *text, const gd_recording *r, int64_t event);
void gd__story_node(gd__string *text, const gd_recording *r, int64_t event);
void gd__story_add(gd__string *text, const gd_recording *r, int64_t event);

/* Copies a finished text as snprintf does, and frees it. */
int gd__give_text(gd__string *text, char *buffer, size_t size);

int64_t gd__numel(int ndim, const int64_t *shape);

#endif
