#include "fit/predictions.h"

static gd_tensor *part_of(const gd_tensor *values, int64_t rows, int64_t first)
{
    int64_t width = values->shape[1], end = first + gd__block_rows(width);
    gd_tensor all = gd_tensor_expand(values, GD_DIMS(rows, width));
    gd_tensor part = gd_tensor_slice(&all, 0, first, end, 1);
    return gd_tensor_create_copy(&part);
}

gd_status gd__predictions_block(const gd__predictions *p, int64_t first, gd_prediction *block)
{
    bool whole = p->whole != NULL;
    *block = (gd_prediction){.thresholds = whole ? p->whole->thresholds : p->model->thresholds};
    block->values = whole ? part_of(p->whole->values, p->rows, first)
                          : gd__model_values(p->model, p->tape, p->x, first);
    return block->values != NULL ? GD_OK : gd_message_status();
}
