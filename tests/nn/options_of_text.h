/* Options of a fixture's case: " learning_rate=0.1 steps=7". */
#ifndef OPTIONS_OF_TEXT_H
#define OPTIONS_OF_TEXT_H

#include <gradus/tensor.h>

extern const char *options_text; /* of the case that runs */

double number(const char *key, double by_default); /* after " key=", or the default */
gd_optional optional(const char *key);

#endif
