#include "tensor_of_text.h"

#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

gd_tensor *tensor_of_text(const char *text, const char *file_name, int line_number)
{
    char kind = *text;
    gd_dtype dtype = kind == 'f' ? GD_F64 : kind == 'i' ? GD_I64 : GD_BOOL;
    int64_t shape[GD_MAX_DIMS];
    int ndim = 0;
    char *s = (char *)(uintptr_t)(text + 3);
    if ((kind != 'f' && kind != 'i' && kind != 'b') || text[1] != ' ' || text[2] != '[')
        fail_msg("%s:%d: a tensor is expected, not \"%.20s\"", file_name, line_number, text);
    for (; *s != ']'; s += *s == ',')
        shape[ndim++] = strtoll(s, &s, 10);
    gd_tensor *x = gd_tensor_create(dtype, ndim, shape);
    ++s;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        char *before = s;
        if (dtype == GD_F64)
            ((double *)x->data)[i] = strtod(s, &s);
        else if (dtype == GD_I64)
            ((int64_t *)x->data)[i] = strtoll(s, &s, 10);
        else
            ((uint8_t *)x->data)[i] = strtoll(s, &s, 10) != 0;
        if (s == before)
            fail_msg("%s:%d: there are too few values", file_name, line_number);
    }
    if (s[strspn(s, " \n")] != '\0')
        fail_msg("%s:%d: there are too many values", file_name, line_number);
    return x;
}
