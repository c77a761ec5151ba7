/* Export to C: the self-test, rows with the predictions of Gradus and a main that compares. */
#include "cli/export/c_source.h"

#include <inttypes.h>
#include <math.h>

static void put_cell(const cli_c_writer *w, const cli_column *column, double cell)
{
    if (column->e.kind == GD_ENCODED_WORDS) {
        fputs(cell == (double)CLI_MISSING ? "NULL" : "", w->file);
        const char *word;
        for (int i = 0; (word = cli_probe_word(column, cell, i)) != NULL; ++i) {
            fputs(i > 0 ? " \" \" " : "", w->file);
            cli_c_string(w->file, word);
        }
    } else if (column->e.kind != GD_ENCODED_NUMBER)
        fprintf(w->file, "%d", (int)cell);
    else if (isnan(cell))
        fputs(column->fine ? "(double)NAN" : "NAN", w->file);
    else if (column->fine)
        fprintf(w->file, "%.17g", cell);
    else
        cli_c_float(w->file, (float)cell);
}

static void put_vector(const cli_c_writer *w, int64_t row)
{
    const cli_export *e = w->export;
    int count = e->schema.count;
    int64_t width = gd_target_width(gd_model_target(e->model));
    const double *cells = (const double *)e->probes.cells->data + row * count;
    const double *expected = (const double *)e->expected->data + row * width;
    fputs(row > 0 ? ",\n    {{" : "\n    {{", w->file);
    for (int j = 0; j < count; ++j) {
        fputs(j > 0 ? ", " : "", w->file);
        put_cell(w, &e->schema.columns[j], cells[j]);
    }
    fputs("},\n     {", w->file);
    for (int64_t j = 0; j < width; ++j) {
        fputs(j > 0 ? ", " : "", w->file);
        cli_c_float(w->file, (float)expected[j]);
    }
    fputs("}}", w->file);
}

void cli_c_self_test(const cli_c_writer *w)
{
    const gd_target *target = gd_model_target(w->export->model);
    int64_t n = w->export->probes.cells->shape[0], width = gd_target_width(target);
    fprintf(w->file,
            "\n"
            "/* ---- self-test: rows with the predictions of gradus ---- */\n\n"
            "#ifdef %sSELF_TEST\n"
            "%sstatic const struct {\n"
            "    %s_input in;\n"
            "    float output[%sOUTPUTS];\n"
            "} vectors[%" PRId64 "] = {",
            w->upper, "#include <math.h>\n#include <stddef.h>\n\n", w->name, w->upper, n);
    for (int64_t row = 0; row < n; ++row)
        put_vector(w, row);
    fprintf(w->file,
            "};\n\n"
            "int main(void)\n{\n    float output[%sOUTPUTS];\n"
            "    for (int v = 0; v < %" PRId64
            "; ++v) {\n        %s_predict(&vectors[v].in, output);\n"
            "        for (int i = 0; i < %" PRId64 "; ++i) {\n"
            "            float expected = vectors[v].output[i], off = output[i] - expected;\n"
            "            float most = ",
            w->upper, n, w->name, width);
    if (gd_target_task(target) == GD_REGRESSION) {
        cli_c_float(w->file, (float)(1e-5 * gd_target_deviation(target)));
        fputs(" + 1e-5f * (expected < 0.0f ? -expected : expected)", w->file);
    } else
        fputs("1e-5f", w->file);
    fputs(";\n            if (!(off <= most && -off <= most))\n                return 1;\n"
          "        }\n    }\n    return 0;\n}\n#endif\n",
          w->file);
}
