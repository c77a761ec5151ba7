#include "options_of_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *options_text;

double number(const char *key, double by_default)
{
    char text[64];
    snprintf(text, sizeof text, " %s=", key);
    const char *at = strstr(options_text, text);
    return at != NULL ? strtod(at + strlen(text), NULL) : by_default;
}

gd_optional optional(const char *key)
{
    double value = number(key, (double)NAN);
    return isnan(value) ? (gd_optional){.given = false} : GD_SOME(value);
}
