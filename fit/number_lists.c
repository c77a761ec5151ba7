#include "fit/number_lists.h"
#include "data/input/number.h"

#include <string.h>

/* The length of the first item of a list: up to a comma outside of double quotes. */
static size_t item_length(const char *item)
{
    const char *end = item;
    for (bool quoted = false; *end != '\0' && (quoted || *end != ','); ++end)
        quoted ^= *end == '"';
    return (size_t)(end - item);
}

bool gd__next_weight(const char **list, gd__weight *weight)
{
    if (*list == NULL)
        return false;
    const char *item = *list;
    size_t length = item_length(item), name = length;
    while (name > 0 && item[name - 1] != '=') /* a name may hold a =, a number does not */
        --name;
    *weight = (gd__weight){.name = name > 0 ? item : NULL, .length = name > 0 ? name - 1 : 0};
    if (gd__parse_number(item + name, length - name, &weight->number) != GD__NUMBER)
        return false;
    if (weight->length >= 2 && item[0] == '"' && item[weight->length - 1] == '"') {
        weight->name += 1;
        weight->length -= 2;
    }
    *list = item[length] == ',' ? item + length + 1 : NULL;
    return true;
}
