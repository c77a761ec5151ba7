/* What the page's script selects from: a JSON object in the page. It holds nothing that the script
 * would have to compute.
 *
 *   training  [0, 13]: the first step of each training step, and the end
 *   tensors   ["s", [2], "float32"] by id; of an op's result also the line in the trace, the step,
 *             "add, line 4"
 *   numbers   "4.values": [rows, columns, elements in a row of the line, .. of the tensor, tensor,
 *             "2.1 -0.9", null or "min max norm zeros"]
 *   values    by tensor: [["4.values", the step from which on it has them], ..]
 *   sums      [tensor, [[step, "mul, line 5", "17.gives" or "", "17.after"], ..]]
 *   updates   by the line of an update: see update.h
 *   why       "17.0", an event's line and an element: [names, [parts of the formula's numbers],
 *             the element, its place in the trace]; each part a text or [text, place in the
 *             trace, tensor, 1 of a gradient, element, step]. Or why there are no numbers: 1, the
 *             op's formula has none; 2, what it read is not in the trace
 *   proofs    by the line of a gradient's last ADD, or a value's OP: see proof.h
 *   steps     {kind, line, marks, source, op, part, title, shown, note, tensor, sum, lost: the element that is the
 *             first number that is not finite, ..} */
#ifndef CLI_TRACE_DATA_H
#define CLI_TRACE_DATA_H

#include "cli/trace/page/source.h"

#include <stdio.h>

/* spots: [n_steps] */
void trace_put_data(FILE *file, const trace_view *view, const trace_spot *spots);

/* A text as JSON, which nothing in it can break out of, not even of a script element. */
void trace_put_string(FILE *file, const char *text);

#endif
