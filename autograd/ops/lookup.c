#include "autograd/ops/lookup.h"
#include "autograd/ops/common.h"

#include <inttypes.h>

void gd__lookup_read(const gd_tensor *y, const gd__lookup *l)
{
    int64_t size = (int64_t)gd_dtype_size(y->dtype), stride = l->stride * size;
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){y, &l->index, &l->rows});
    do {
        /* One index for a whole run, or one for each element. */
        int64_t n = w.length > 0 && w.step[1] == 0 ? w.length : 1;
        for (int64_t j = 0; j < w.length; j += n)
            gd__copy_run(n, (size_t)size, w.data[0] + j * size, size,
                         w.data[2] + gd__index_at(&w, 1, j) * stride + j * w.step[2] * size,
                         w.step[2] * size);
    } while (gd__walk_next(&w));
}

void gd__lookup_add(const gd__lookup *l, const gd_tensor *source)
{
    const gd__kernels *kernels = gd__kernels_for(source->dtype);
    int64_t size = (int64_t)gd_dtype_size(source->dtype), stride = l->stride * size;
    gd__walk w = gd__walk_begin(3, (const gd_tensor *[]){&l->index, source, &l->rows});
    do {
        int64_t n = w.length > 0 && w.step[0] == 0 && w.step[2] == 1 ? w.length : 1;
        for (int64_t j = 0; j < w.length; j += n)
            kernels->add_into(n, w.data[2] + gd__index_at(&w, 0, j) * stride + j * w.step[2] * size,
                              w.data[1] + j * w.step[1] * size, w.step[1]);
    } while (gd__walk_next(&w));
}

bool gd__check_indices(gd_tape *tape, const gd_tensor *index, int64_t size)
{
    int64_t number = 0;
    gd__walk w = gd__walk_begin(1, &index);
    do
        for (int64_t j = 0; j < w.length; ++j, ++number) {
            int64_t value = gd__index_at(&w, 0, j);
            char text[GD__SHAPE_TEXT];
            if (value < 0 || value >= size)
                return gd_tape_fail(tape, GD_ERROR_VALUE,
                                    "index %" PRId64 " at %s is outside [0,%" PRId64 ")", value,
                                    gd__position_text(text, index, number), size);
        }
    while (gd__walk_next(&w));
    return true;
}
