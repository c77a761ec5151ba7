/* One line of a trace: an object whose members are all looked at, each once. */
#ifndef GRADUS_TRACE_LINE_H
#define GRADUS_TRACE_LINE_H

#include "trace/read/recording.h"

typedef struct gd__line {
    gd__recording *r;
    const gd_json *json;
    int64_t number; /* of the line, from 1 */
    size_t taken;   /* members that were looked at */
} gd__line;

/* False, with the message "run.trace:12: ..", GD_ERROR_FORMAT; of no_memory GD_ERROR_MEMORY. */
bool gd__line_refuse(const gd__line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool gd__line_no_memory(const gd__line *line);

/* The member; NULL: there is none. */
const gd_json *gd__line_take(gd__line *line, const char *key);

/* Whether all members were taken; otherwise the line is refused. */
bool gd__line_is_whole(gd__line *line);

/* A new event of this line; NULL: no memory, after the message. */
gd_recorded_event *gd__line_event(gd__line *line, gd_recorded_kind kind);

/* Each of these takes a member and checks it; false: the line was refused, or there is no memory.
 * A member that may be missing leaves what it was to be stored in as it is. */
bool gd__line_integer(gd__line *line, const char *key, int64_t low, int64_t high, int64_t *value);
bool gd__line_boolean(gd__line *line, const char *key, bool may_be_missing, bool *value);
bool gd__line_text(gd__line *line, const char *key, bool may_be_missing, const char **text);
bool gd__line_dtype(gd__line *line, bool may_be_missing, gd_dtype *dtype);
/* A list of integers in [low, high], at most `most`. *values: [room], not written beyond. */
bool gd__line_list(gd__line *line, const char *key, int most, int64_t low, int64_t high,
                   int64_t *values, int *count);
/* The same of any length, in the recording's memory. null: the number for null, where that is
 * allowed, and otherwise high. */
bool gd__line_ids(gd__line *line, const char *key, int64_t high, bool may_be_null,
                  const int64_t **ids, int *count);

/* ---- read_attributes.c ---- */

/* The attributes of a call of op; without fields they cannot be read, and stay NULL. */
bool gd__line_attributes(gd__line *line, const gd_op *op, const void **attributes);

/* ---- read_values.c ---- */

/* The values of `like` (dtype, shape) under `key`; the window and the statistics stand under
 * key_window and key_stats, those of "values" under "window" and "stats". may_be_null: they may be
 * null, for an empty gradient. */
bool gd__line_values(gd__line *line, const char *key, const gd_recorded_tensor *like,
                     bool may_be_null, gd_recorded_values *values);

/* A number of the line, which may be "nan", "inf" or "-inf". False: it is none. */
bool gd__read_number(const gd_json *json, double *value);

/* ---- lines.c ---- */

/* What one line after the first says happened. */
bool gd__line_read(gd__line *line);

/* ---- lines_ops.c, lines_backward.c: each kind of line, checked against what was said before
 * ---- */

bool gd__line_leaf(gd__line *line);
bool gd__line_update(gd__line *line);
bool gd__line_name(gd__line *line);
bool gd__line_op(gd__line *line);
bool gd__line_place(gd__line *line);

bool gd__line_backward(gd__line *line);
bool gd__line_node(gd__line *line);
bool gd__line_add(gd__line *line);

/* Whether a tensor can be used now: one that an op made is gone after its step, and after the
 * release of a mark that was set before. Otherwise the line is refused. */
bool gd__line_can_use(gd__line *line, int64_t id);

#endif
