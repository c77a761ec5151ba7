/* Export to C: the functions. The first layer adds the weights of the features that are not 0, so
 * that features are not stored: most features of levels and words are 0. */
#include "cli/export/c_source.h"
#include "cli/system/embedded.h"

#include <inttypes.h>

/* ---- from a row to sums ---- */

static bool has_kind(const cli_c_writer *w, gd_encoded_kind kind)
{
    const cli_schema *s = &w->export->schema;
    for (int j = 0; j < s->count; ++j)
        if (s->columns[j].e.kind == kind)
            return true;
    return false;
}

/* Bytes of a bit for each word. */
static int64_t seen_bytes(const cli_schema *s)
{
    int64_t most = 0;
    for (int j = 0; j < s->count; ++j)
        if (s->columns[j].e.kind == GD_ENCODED_WORDS && s->columns[j].e.levels > most)
            most = s->columns[j].e.levels;
    return (most + 7) / 8;
}

static void put_feature_functions(cli_c_writer *w)
{
    int64_t outputs = cli_weight_of(w->export, 0)->shape[0];
    fprintf(w->file,
            "/* ---- from a row to the first layer ---- */\n\n"
            "static void add(float *sums, int feature, float x)\n"
            "{\n"
            "    for (int o = 0; o < %" PRId64 "; ++o)\n"
            "        sums[o] += x * %sweights_1[feature][o];\n"
            "}\n\n",
            outputs, w->int8 ? "(float)" : "");
    if (has_kind(w, GD_ENCODED_NUMBER))
        cli_c_code(w, cli_number_c);
    if (has_kind(w, GD_ENCODED_LEVELS))
        cli_c_code(w, cli_level_c);
    if (has_kind(w, GD_ENCODED_WORDS)) {
        int64_t bytes = seen_bytes(&w->export->schema);
        fprintf(w->file, "enum { SEEN = %" PRId64 " };\n\n", bytes);
        cli_c_code(w, cli_words_c);
        w->stack += bytes;
    }
}

/* The mean of a double is taken off in double. */
static void put_number(cli_c_writer *w, const cli_column *c, const char *member, int number,
                       int64_t missing)
{
    fputs("    add_number(sums, ", w->file);
    if (c->fine)
        fprintf(w->file, "(float)(in->%s - %.17g)", member, c->e.mean);
    else
        fprintf(w->file, "in->%s", member);
    fprintf(w->file, ", %d, %" PRId64 ", %" PRId64 ");\n", number, c->e.first, missing);
}

static void put_column(cli_c_writer *w, int j, int number)
{
    const cli_column *c = &w->export->schema.columns[j];
    const char *member = w->members[j];
    int64_t own = c->e.levels + (c->e.kind == GD_ENCODED_NUMBER);
    int64_t missing = c->e.missing ? c->e.first + own : -1;
    switch (c->e.kind) {
    case GD_ENCODED_NUMBER:
        put_number(w, c, member, number, missing);
        break;
    case GD_ENCODED_LEVELS:
        fprintf(w->file, "    add_level(sums, in->%s, %" PRId64 ", %" PRId64 ", %" PRId64 ");\n",
                member, c->e.levels, c->e.first, missing);
        break;
    case GD_ENCODED_WORDS:
        fprintf(w->file, "    add_words(sums, in->%s, texts_%d, %" PRId64 ", %" PRId64 ");\n",
                member, j + 1, c->e.levels, c->e.first);
        break;
    default:
        fprintf(w->file, "    if (in->%s)\n        add(sums, %" PRId64 ", 1.0f);\n", member,
                c->e.first);
    }
}

static void put_lookups(cli_c_writer *w)
{
    const cli_schema *s = &w->export->schema;
    for (int j = 0; j < s->count; ++j)
        if (s->columns[j].e.kind == GD_ENCODED_LEVELS)
            fprintf(w->file,
                    "int %s_%s(const char *text)\n{\n"
                    "    return find_level(text, texts_%d, %" PRId64 ");\n}\n\n",
                    w->name, w->members[j], j + 1, s->columns[j].e.levels);
}

static void put_first_layer(cli_c_writer *w)
{
    const cli_schema *s = &w->export->schema;
    bool last = cli_layers(w->export) == 1;
    fprintf(w->file, "static void layer_1(const %s_input *in, float *sums)\n{\n", w->name);
    int64_t outputs = cli_weight_of(w->export, 0)->shape[0];
    fprintf(w->file, "    for (int o = 0; o < %" PRId64 "; ++o)\n        sums[o] = 0.0f;\n",
            outputs);
    for (int j = 0, number = 0; j < s->count; ++j) {
        put_column(w, j, number);
        number += s->columns[j].e.kind == GD_ENCODED_NUMBER;
    }
    fprintf(w->file,
            "    for (int o = 0; o < %" PRId64
            "; ++o)\n        sums[o] = %ssums[o]%s + biases_1[o]%s;\n}\n\n",
            outputs, last ? "" : "activation(", w->int8 ? " * scales_1[o]" : "", last ? "" : ")");
}

/* ---- from layer to layer ---- */

static void put_layer(cli_c_writer *w, int layer)
{
    const gd_tensor *weight = cli_weight_of(w->export, layer);
    bool last = layer + 1 == cli_layers(w->export);
    char scales[48] = "";
    if (w->int8)
        snprintf(scales, sizeof scales, " * scales_%d[o]", layer + 1);
    fprintf(w->file,
            "static void layer_%d(const float *x, float *y)\n{\n"
            "    for (int o = 0; o < %" PRId64 "; ++o) {\n        float sum = 0.0f;\n"
            "        for (int i = 0; i < %" PRId64
            "; ++i)\n            sum += x[i] * %sweights_%d[o][i];\n"
            "        y[o] = %ssum%s + biases_%d[o]%s;\n    }\n}\n\n",
            layer + 1, weight->shape[0], weight->shape[1], w->int8 ? "(float)" : "", layer + 1,
            last ? "" : "activation(", scales, layer + 1, last ? "" : ")");
}

/* ---- from logits to predictions ---- */

static const char softmax[] = "    float most = %s[0], sum = 0.0f;\n"
                              "    for (int i = 1; i < %d; ++i)\n"
                              "        most = %s[i] > most ? %s[i] : most;\n"
                              "    for (int i = 0; i < %d; ++i)\n"
                              "        sum += output[i] = exponential(%s[i] - most);\n"
                              "    for (int i = 0; i < %d; ++i)\n"
                              "        output[i] /= sum;\n";

static void put_output(cli_c_writer *w, const char *z)
{
    const gd_target *target = gd_model_target(w->export->model);
    int width = (int)gd_target_width(target);
    if (gd_target_task(target) == GD_REGRESSION) {
        fprintf(w->file, "    output[0] = %s[0] * ", z);
        cli_c_float(w->file, (float)gd_target_deviation(target));
        fputs(" + ", w->file);
        cli_c_float(w->file, (float)gd_target_mean(target));
        fputs(";\n", w->file);
    } else if (gd_model_architecture(w->export->model)->outputs < width)
        fprintf(w->file, "    output[0] = sigmoid(-%s[0]);\n    output[1] = sigmoid(%s[0]);\n", z,
                z);
    else if (gd_target_task(target) == GD_MULTILABEL)
        fprintf(w->file, "    for (int i = 0; i < %d; ++i)\n        output[i] = sigmoid(%s[i]);\n",
                width, z);
    else
        fprintf(w->file, softmax, z, width, z, z, width, z, width);
}

/* Layers take turns with two arrays. */
static void put_predict(cli_c_writer *w)
{
    const cli_export *e = w->export;
    int64_t sizes[2] = {0, 0};
    for (int layer = 0; layer < cli_layers(e); ++layer)
        if (cli_weight_of(e, layer)->shape[0] > sizes[layer % 2])
            sizes[layer % 2] = cli_weight_of(e, layer)->shape[0];
    w->stack += 4 * (sizes[0] + sizes[1]);
    fprintf(w->file, "void %s_predict(const %s_input *in, float output[%sOUTPUTS])\n{\n", w->name,
            w->name, w->upper);
    fprintf(w->file, "    float a[%" PRId64 "]", sizes[0]);
    if (sizes[1] > 0)
        fprintf(w->file, ", b[%" PRId64 "]", sizes[1]);
    fputs(";\n    layer_1(in, a);\n", w->file);
    for (int layer = 1; layer < cli_layers(e); ++layer)
        fprintf(w->file, "    layer_%d(%s);\n", layer + 1, layer % 2 == 1 ? "a, b" : "b, a");
    put_output(w, cli_layers(e) % 2 == 1 ? "a" : "b");
    fputs("}\n", w->file);
}

static void put_decision(cli_c_writer *w)
{
    const gd_target *target = gd_model_target(w->export->model);
    if (gd_target_task(target) == GD_BINARY) {
        fprintf(w->file,
                "\nint %s_class(const float output[%sOUTPUTS])\n{\n    return output[1] > ",
                w->name, w->upper);
        cli_c_float(w->file, (float)gd_model_thresholds(w->export->model)[1]);
        fputs(" ? 1 : 0;\n}\n", w->file);
    } else if (gd_target_task(target) == GD_MULTICLASS)
        fprintf(w->file,
                "\nint %s_class(const float output[%sOUTPUTS])\n{\n    int best = 0;\n"
                "    for (int i = 1; i < %d; ++i)\n"
                "        best = output[i] > output[best] ? i : best;\n    return best;\n}\n",
                w->name, w->upper, (int)gd_target_width(target));
    else if (gd_target_task(target) == GD_MULTILABEL)
        fprintf(w->file,
                "\nint %s_label(const float output[%sOUTPUTS], int label)\n{\n"
                "    return output[label] > thresholds[label] ? 1 : 0;\n}\n",
                w->name, w->upper);
}

void cli_c_functions(cli_c_writer *w)
{
    put_feature_functions(w);
    put_lookups(w);
    fputs("/* ---- the network ---- */\n\n", w->file);
    cli_c_elementary(w);
    if (cli_layers(w->export) > 1)
        fprintf(w->file, "static float activation(float x)\n{\n    return %s;\n}\n\n",
                cli_c_activation(w));
    put_first_layer(w);
    for (int layer = 1; layer < cli_layers(w->export); ++layer)
        put_layer(w, layer);
    put_predict(w);
    put_decision(w);
}
