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

void show(const char *name, const gd_tensor *x)
{
    must(x != NULL, gd_message());
    int64_t columns = x->ndim > 0 ? x->shape[x->ndim - 1] : 1;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        if (i % columns == 0)
            printf("%-10s", i == 0 ? name : "");
        double value = gd_tensor_at(x, i);
        const char *end = (i + 1) % columns == 0 ? "\n" : "";
        if (isnan(value)) /* its sign says nothing */
            printf(" %8s%s", "nan", end);
        else
            printf(" %8.4g%s", value == 0 ? 0 : value, end); /* no -0 */
    }
}
