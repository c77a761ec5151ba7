/* Export to C: the constants (weights, means, deviations, levels, thresholds). */
#include "cli/export/c_source.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTER = 4 }; /* bytes */

/* ---- tables ---- */

/* The size and the texts of an array: a column's levels, or the target's classes and labels
 * (column: NULL). */
static void put_texts(cli_c_writer *w, int64_t count, const cli_column *column)
{
    fprintf(w->file, "[%" PRId64 "] = {", count);
    for (int64_t i = 0; i < count; ++i) {
        const char *text = column != NULL ? cli_level(column, i)
                                          : gd_target_label(gd_model_target(w->export->model), i);
        fputs(i > 0 ? ",\n    " : "\n    ", w->file);
        cli_c_string(w->file, text);
        w->flash += POINTER + (int64_t)strlen(text) + 1;
    }
    fputs("};\n\n", w->file);
}

static void put_floats(cli_c_writer *w, const float *values, int64_t count, int64_t stride)
{
    for (int64_t i = 0; i < count; ++i) {
        fputs(i == 0 ? "" : i % 8 == 0 ? ",\n    " : ", ", w->file);
        cli_c_float(w->file, values[i * stride]);
    }
    w->flash += 4 * count;
}

static void put_numbers(cli_c_writer *w)
{
    const cli_schema *s = &w->export->schema;
    int count = 0;
    for (int j = 0; j < s->count; ++j)
        count += s->columns[j].e.kind == GD_ENCODED_NUMBER;
    if (count == 0)
        return;
    fprintf(w->file,
            "/* A number becomes (x - mean) * scale, clipped to least and most. The mean of a "
            "double is subtracted\n * before, and is 0 here. */\nstatic const struct {\n    float "
            "mean, scale, least, most;\n} numbers[%d] = {",
            count);
    for (int j = 0, at = 0; j < s->count; ++j) {
        const cli_column *column = &s->columns[j];
        if (column->e.kind != GD_ENCODED_NUMBER)
            continue;
        const float values[] = {column->fine ? 0.0f : (float)column->e.mean,
                                (float)(1 / column->e.deviation), (float)column->e.least,
                                (float)column->e.most};
        fputs(at++ > 0 ? ",\n    {" : "\n    {", w->file);
        put_floats(w, values, 4, 1);
        fputc('}', w->file);
    }
    fputs("};\n\n", w->file);
}

static void put_level_tables(cli_c_writer *w)
{
    const cli_schema *s = &w->export->schema;
    for (int j = 0; j < s->count; ++j)
        if (s->columns[j].e.levels > 0) {
            fprintf(w->file, "static const char *const texts_%d", j + 1);
            put_texts(w, s->columns[j].e.levels, &s->columns[j]);
        }
}

/* ---- weights ---- */

/* The scale of each output. Freed by the caller. */
static float *scales_of(const gd_tensor *weight)
{
    int64_t outputs = weight->shape[0], inputs = weight->shape[1];
    float *scales = cli_calloc((size_t)outputs, sizeof *scales);
    for (int64_t o = 0; o < outputs; ++o)
        scales[o] = cli_int8_scale((const float *)weight->data + o * inputs, inputs);
    return scales;
}

/* Multiples of their scales: `count` weights that lie `stride` apart, their scales `step` apart. */
static void put_bytes(cli_c_writer *w, const float *weights, int64_t count, int64_t stride,
                      const float *scales, int64_t step)
{
    for (int64_t i = 0; i < count; ++i) {
        float scale = scales[i * step];
        fputs(i == 0 ? "" : i % 24 == 0 ? ",\n    " : ", ", w->file);
        fprintf(w->file, "%ld", scale > 0 ? lroundf(weights[i * stride] / scale) : 0);
    }
    w->flash += count;
}

/* The first layer's weights lie by input, as they are added feature by feature; those of others
 * by output. */
static void put_weights(cli_c_writer *w, int layer)
{
    const gd_tensor *weight = cli_weight_of(w->export, layer),
                    *bias = cli_bias_of(w->export, layer);
    bool by_input = layer == 0;
    int64_t outputs = weight->shape[0], inputs = weight->shape[1];
    int64_t rows = by_input ? inputs : outputs, columns = by_input ? outputs : inputs;
    float *scales = scales_of(weight);
    fprintf(w->file, "static const %s weights_%d[%" PRId64 "][%" PRId64 "] = {\n    ",
            w->int8 ? "signed char" : "float", layer + 1, rows, columns);
    for (int64_t i = 0; i < rows; ++i) {
        const float *row = (const float *)weight->data + (by_input ? i : i * inputs);
        fputs(i > 0 ? ",\n    {" : "{", w->file);
        if (w->int8)
            put_bytes(w, row, columns, by_input ? inputs : 1, by_input ? scales : scales + i,
                      by_input);
        else
            put_floats(w, row, columns, by_input ? inputs : 1);
        fputs("}", w->file);
    }
    fputs("};\n", w->file);
    if (w->int8) {
        fprintf(w->file, "static const float scales_%d[%" PRId64 "] = {\n    ", layer + 1, outputs);
        put_floats(w, scales, outputs, 1);
        fputs("};\n", w->file);
    }
    free(scales);
    fprintf(w->file, "static const float biases_%d[%" PRId64 "] = {\n    ", layer + 1, outputs);
    put_floats(w, bias->data, outputs, 1);
    fputs("};\n\n", w->file);
}

void cli_c_tables(cli_c_writer *w)
{
    const cli_export *e = w->export;
    const gd_target *target = gd_model_target(e->model);
    fputs("/* ---- parameters ---- */\n\n", w->file);
    put_numbers(w);
    put_level_tables(w);
    for (int layer = 0; layer < cli_layers(e); ++layer)
        put_weights(w, layer);
    if (gd_target_task(target) == GD_MULTILABEL) {
        fprintf(w->file, "static const float thresholds[%" PRId64 "] = {\n    ",
                gd_target_width(target));
        for (int64_t j = 0; j < gd_target_width(target); ++j) {
            float threshold = (float)gd_model_thresholds(e->model)[j];
            fputs(j == 0 ? "" : ", ", w->file);
            put_floats(w, &threshold, 1, 1);
        }
        fputs("};\n\n", w->file);
    }
    fprintf(w->file, "const char *const %s_output_names", w->name);
    put_texts(w, gd_target_width(target), NULL);
}
