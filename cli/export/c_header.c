/* Export to C: the header. */
#include "cli/export/c_source.h"
#include "cli/system/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Constants of the header's own, which a level or a class must not be called. */
static gd_json *own_names(const cli_c_writer *w)
{
    static const char *const own[] = {"H", "OUTPUTS", "MISSING", "UNKNOWN", "SELF_TEST"};
    gd_json *taken = gd_json_object();
    for (size_t i = 0; i < sizeof own / sizeof *own; ++i)
        free(cli_c_name(taken, w->upper, own[i], true));
    return taken;
}

/* Enumerators NAME_MEMBER_TEXT of the values 0, 1, .. of a column (NULL: the outputs; member:
 * ""). */
static void put_enumerators(const cli_c_writer *w, FILE *file, gd_json *taken, const char *member,
                            const cli_column *column)
{
    const gd_target *target = gd_model_target(w->export->model);
    const char *text;
    for (int64_t i = 0;
         (text = column != NULL ? cli_level(column, i) : gd_target_label(target, i)) != NULL; ++i) {
        char *whole = cli_text("%s %s", member, text);
        char *name = cli_c_name(taken, w->upper, whole, true);
        free(whole);
        fprintf(file, "    %s = %" PRId64 ", /* ", name, i);
        cli_c_comment(file, text);
        fputs(" */\n", file);
        free(name);
    }
}

/* ---- what goes in ---- */

static void put_member(const cli_c_writer *w, FILE *file, int j)
{
    const cli_column *c = &w->export->schema.columns[j];
    static const char *const types[] = {"float ", "int ", "const char *", "int "};
    static const char *const notes[] = {"", ", a level", ", words separated by blanks, or NULL",
                                        ", 1 if the value is missing, else 0"};
    fprintf(file, "    %s%s; /* ", c->fine ? "double " : types[c->e.kind], w->members[j]);
    cli_c_comment(file, c->e.name);
    fprintf(file, "%s */\n", c->fine ? ", too precise for a float" : notes[c->e.kind]);
}

static void put_levels(const cli_c_writer *w, FILE *file, gd_json *taken)
{
    const cli_schema *s = &w->export->schema;
    bool any = false;
    for (int j = 0; j < s->count; ++j) {
        if (s->columns[j].e.kind != GD_ENCODED_LEVELS)
            continue;
        if (!any)
            fprintf(file,
                    "/* Levels of text columns. A function returns the level of a text, compared "
                    "byte by byte: %sMISSING\n"
                    " * for NULL and \"\", %sUNKNOWN for any other unknown text. */\n"
                    "enum { %sMISSING = -1, %sUNKNOWN = -2 };\n\n",
                    w->upper, w->upper, w->upper, w->upper);
        any = true;
        fputs("enum {\n", file);
        put_enumerators(w, file, taken, w->members[j], &s->columns[j]);
        fprintf(file, "};\nint %s_%s(const char *text);\n\n", w->name, w->members[j]);
    }
}

static void put_input(const cli_c_writer *w, FILE *file)
{
    fputs("/* The values of a row. A number is finite, or NAN if it is missing. */\n"
          "typedef struct {\n",
          file);
    for (int j = 0; j < w->export->schema.count; ++j)
        put_member(w, file, j);
    fprintf(file, "} %s_input;\n\n", w->name);
}

/* ---- what comes out ---- */

static void put_outputs(const cli_c_writer *w, FILE *file, gd_json *taken)
{
    const gd_target *target = gd_model_target(w->export->model);
    static const char *const what[] = {"Probabilities of the classes; their sum is 1",
                                       "Probabilities of the classes; their sum is 1",
                                       "Probabilities of the labels, independent of each other",
                                       "The predicted number"};
    fprintf(file, "/* %s. */\nenum {\n", what[gd_target_task(target)]);
    put_enumerators(w, file, taken, "", NULL);
    fprintf(file,
            "    %sOUTPUTS = %" PRId64 "\n};\n"
            "extern const char *const %s_output_names[%sOUTPUTS];\n\n"
            "void %s_predict(const %s_input *in, float output[%sOUTPUTS]);\n",
            w->upper, gd_target_width(target), w->name, w->upper, w->name, w->name, w->upper);
    if (cli_has_classes(target))
        fprintf(file,
                "\n"
                "/* The predicted class: the %s. */\n"
                "int %s_class(const float output[%sOUTPUTS]);\n",
                gd_target_task(target) == GD_BINARY
                    ? "second if it is above its threshold, else the first"
                    : "most probable one",
                w->name, w->upper);
    else if (gd_target_task(target) == GD_MULTILABEL)
        fprintf(file,
                "\n"
                "/* 1 if the probability of the label is above its threshold, else 0. */\n"
                "int %s_label(const float output[%sOUTPUTS], int label);\n",
                w->name, w->upper);
}

void cli_c_header(const cli_c_writer *w, FILE *file)
{
    gd_json *taken = own_names(w);
    fprintf(file, "/* Predicts ");
    const gd_target *target = gd_model_target(w->export->model);
    cli_c_comment(file, gd_target_column(target, 0));
    if (gd_target_column(target, 1) != NULL)
        fprintf(file, " and %" PRId64 " more labels", gd_target_width(target) - 1);
    fprintf(file,
            " for a row. No state: safe to call from any thread.\n"
            " * Written by gradus %s. C99 and C++. */\n"
            "#ifndef %sH\n"
            "#define %sH\n\n"
            "#ifdef __cplusplus\n"
            "extern \"C\" {\n"
            "#endif\n\n",
            gd_version(), w->upper, w->upper);
    put_levels(w, file, taken);
    put_input(w, file);
    put_outputs(w, file, taken);
    fputs("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n", file);
    gd_json_destroy(taken);
}
