#include "docs/book/show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void must(bool ok, const char *message)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", message);
    exit(1);
}

static double element(const gd_tensor *x, int64_t i)
{
    switch (x->dtype) {
    case GD_F32:
        return ((const float *)x->data)[i];
    case GD_F64:
        return ((const double *)x->data)[i];
    case GD_I64:
        return (double)((const int64_t *)x->data)[i];
    default:
        return ((const uint8_t *)x->data)[i];
    }
}

void show(const char *name, const gd_tensor *x)
{
    gd_tensor *dense = x != NULL ? gd_tensor_create_copy(x) : NULL;
    must(dense != NULL, gd_message());
    int64_t columns = x->ndim > 0 ? x->shape[x->ndim - 1] : 1;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        if (i % columns == 0)
            printf("%-10s", i == 0 ? name : "");
        double value = element(dense, i);
        const char *end = (i + 1) % columns == 0 ? "\n" : "";
        if (isnan(value)) /* its sign says nothing */
            printf(" %8s%s", "nan", end);
        else
            printf(" %8.4g%s", value == 0 ? 0 : value, end); /* no -0 */
    }
    gd_tensor_destroy(dense);
}
