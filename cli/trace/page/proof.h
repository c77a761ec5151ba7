/* Each gradient, three times. */
#ifndef CLI_TRACE_PROOF_H
#define CLI_TRACE_PROOF_H

#include "cli/trace/view.h"

#include <stdio.h>

/* "proofs":{..}, by the line of the event: of each element, or -1, {element, verdict (right,
 * wrong, rounded, unchecked), said, recorded, rule, difference, same: how many characters the last
 * two have in common, error: [text, text of the bound, place of both on the page's ruler, from 0
 * to 1], rounding: the same, left out where a wrong rule gives another number than was
 * recorded, message}. And "unproven": by training step the reason, or null. */
void trace_put_proofs(FILE *file, const trace_view *view);

#endif
