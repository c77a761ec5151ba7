/* Export to C: checks the model, chooses names, and writes PATH.c and PATH.h. */
#include "cli/export/c_source.h"
#include "cli/system/memory.h"
#include "cli/system/print.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 60, LONGEST_TEXT = 4000 }; /* of C99's 4095 bytes of a literal */

/* ---- what can be written ---- */

static int check_text(const char *text)
{
    return strlen(text) <= LONGEST_TEXT
               ? CLI_OK
               : cli_error(CLI_DATA,
                           "\"%.40s...\" has %zu bytes; a literal in C may have at most %d", text,
                           strlen(text), LONGEST_TEXT);
}

/* Words are looked for by halving. */
static int check_order(const cli_column *column)
{
    for (int64_t i = 1; i < column->e.levels; ++i)
        if (strcmp(cli_level(column, i - 1), cli_level(column, i)) >= 0)
            return cli_error(CLI_DATA,
                             "the words of \"%s\" are not in order: \"%s\" comes before \"%s\"",
                             column->e.name, cli_level(column, i - 1), cli_level(column, i));
    return CLI_OK;
}

static int check_column(const cli_column *column)
{
    double scale = 1 / column->e.deviation;
    if (column->e.kind == GD_ENCODED_NUMBER &&
        !(fabs(column->e.mean) + 2 * column->e.deviation < FLT_MAX && scale < FLT_MAX &&
          scale > FLT_MIN))
        return cli_error(CLI_DATA, "the numbers of \"%s\" exceed the range of float",
                         column->e.name);
    int code = CLI_OK;
    for (int64_t i = 0; code == CLI_OK && i < column->e.levels; ++i)
        code = check_text(cli_level(column, i));
    return code == CLI_OK && column->e.kind == GD_ENCODED_WORDS ? check_order(column) : code;
}

static int check(const cli_export *e)
{
    const gd_target *target = gd_model_target(e->model);
    int code = CLI_OK;
    for (int j = 0; code == CLI_OK && j < e->schema.count; ++j)
        code = check_column(&e->schema.columns[j]);
    if (gd_target_task(target) == GD_REGRESSION &&
        !(fabs(gd_target_mean(target)) + 2 * gd_target_deviation(target) < FLT_MAX &&
          gd_target_deviation(target) > FLT_MIN))
        return cli_error(CLI_DATA, "the numbers of \"%s\" exceed the range of float",
                         gd_target_label(target, 0));
    for (int64_t i = 0; code == CLI_OK && i < gd_target_width(target); ++i)
        code = check_text(gd_target_label(target, i));
    return code;
}

/* ---- names ---- */

/* An identifier for a text that need not differ from others. */
static char *name_alone(const char *text, bool upper)
{
    gd_json *taken = gd_json_object();
    char *name = cli_c_name(taken, "", text, upper);
    gd_json_destroy(taken);
    return name;
}

/* By default "model" of "/tmp/model.c". */
static int choose_name(char **name, const cli_options *options)
{
    char base[LONGEST_NAME + 1];
    const char *wanted = options->name, *file = cli_file_name(options->output);
    snprintf(base, sizeof base, "%.*s", (int)(strlen(file) - strlen(".c")), file);
    *name = name_alone(wanted != NULL ? wanted : base, false);
    if (wanted != NULL && (strcmp(*name, wanted) != 0 || strlen(wanted) > LONGEST_NAME))
        return cli_usage_error(options,
                               "--name takes a C identifier of at most %d characters, without two "
                               "underscores in a row, not \"%s\"",
                               LONGEST_NAME, wanted);
    return CLI_OK;
}

/* Functions of levels are called as the columns are, after the model's name and an underscore.
 * Members must be no others of the header so named, nor, with a name as "add" or "size", what is
 * called so as a whole. */
static gd_json *names_of_others(const char *name)
{
    static const char *const own[] = {"input", "predict", "class", "label", "output_names"};
    static const char *const whole[] = {
        "add_number",     "add_level",     "add_words", "find_level", "is_level", "is_blank",
        "error_function", "log_of_1_plus", "size_t",    "ptrdiff_t",  "float_t"};
    gd_json *taken = gd_json_object();
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof own / sizeof *own; ++i)
        gd_json_set(taken, own[i], gd_json_boolean(true));
    for (size_t i = 0; i < sizeof whole / sizeof *whole; ++i)
        if (strncmp(whole[i], name, n) == 0 && whole[i][n] == '_')
            gd_json_set(taken, whole[i] + n + 1, gd_json_boolean(true));
    return taken;
}

static void name_all(cli_c_writer *w)
{
    const cli_schema *s = &w->export->schema;
    gd_json *taken = names_of_others(w->name);
    w->members = cli_calloc((size_t)s->count, sizeof *w->members);
    for (int j = 0; j < s->count; ++j)
        w->members[j] = cli_c_name(taken, "", s->columns[j].e.name, false);
    gd_json_destroy(taken);
    char *upper = name_alone(w->name, true);
    w->upper = cli_text("%s_", upper);
    free(upper);
}

/* ---- the files ---- */

static void put_head(const cli_c_writer *w, FILE *file)
{
    fputs("/* ", file);
    cli_c_comment(file, cli_file_name(w->export->options->operands[0]));
    fprintf(file,
            " as a function, written by gradus %s. The header documents input and output.\n"
            " *\n"
            " * Flash: %" PRId64
            " bytes of constants (with pointers of 4 bytes), plus the code. RAM: only the stack;\n"
            " * arrays take %" PRId64 " bytes of it. No heap, no files, no recursion, no state%s.\n"
            " *\n",
            gd_version(), w->flash, w->stack, w->no_libm ? ", no <math.h>" : "");
    if (w->int8)
        fprintf(file, " * Weights are quantised to 8 bits: %s.\n *\n", w->export->loss);
    fprintf(file,
            " * Self-test, which returns 0 on success: cc -std=c99 -D%sSELF_TEST FILE%s && ./a.out "
            "*/\n",
            w->upper, cli_c_uses_libm(w) ? " -lm" : "");
}

static void put_includes(const cli_c_writer *w, FILE *file, const char *header)
{
    const cli_schema *s = &w->export->schema;
    bool texts = false, libm = cli_c_uses_libm(w);
    for (int j = 0; j < s->count; ++j)
        texts |= s->columns[j].e.levels > 0;
    fprintf(file, "#include \"%s\"\n\n%s%s%s", cli_file_name(header),
            libm ? "#include <math.h>\n" : "", texts ? "#include <stddef.h>\n" : "",
            libm || texts ? "\n" : "");
}

static void put_code(cli_c_writer *w, FILE *file)
{
    w->file = file;
    w->flash = w->stack = 0;
    cli_c_tables(w);
    cli_c_functions(w);
    cli_c_self_test(w);
}

/* The head tells sizes that are known when the code has been written: so it is written twice. */
static int write_source(cli_c_writer *w, FILE *file, const char *header)
{
    FILE *nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL)
        return cli_error(CLI_RUNTIME, "/dev/null: %s", strerror(errno));
    put_code(w, nowhere);
    fclose(nowhere);
    put_head(w, file);
    put_includes(w, file, header);
    put_code(w, file);
    return CLI_OK;
}

static int write_both(cli_c_writer *w, const char *path, const char *header)
{
    cli_output files[2]; /* header and source */
    if (!cli_output_open(&files[0], header))
        return CLI_RUNTIME;
    if (!cli_output_open(&files[1], path)) {
        cli_output_discard(&files[0]);
        return CLI_RUNTIME;
    }
    cli_c_header(w, files[0].file);
    int code = write_source(w, files[1].file, header);
    for (int i = 0; i < 2; ++i)
        if (code == CLI_OK)
            code = cli_output_finish(&files[i]);
        else
            cli_output_discard(&files[i]);
    return code;
}

static int write_files(cli_c_writer *w)
{
    const char *path = w->export->options->output;
    char *header = cli_strdup(path);
    name_all(w);
    header[strlen(header) - 1] = 'h';
    int code = cli_check_output(w->export->options, "output", header);
    if (code == CLI_OK)
        code = write_both(w, path, header);
    if (code == CLI_OK)
        cli_print(stdout,
                  "%s, %s: %" PRId64 " bytes of constants, %" PRId64
                  " bytes of arrays on the stack\n",
                  path, header, w->flash, w->stack);
    if (code == CLI_OK && w->int8)
        printf("int8: %s\n", w->export->loss);
    free(header);
    return code;
}

int cli_export_c(const cli_export *e)
{
    const cli_options *options = e->options;
    size_t length = strlen(options->output);
    if (length < 3 || strcmp(options->output + length - 2, ".c") != 0)
        return cli_usage_error(
            options, "--output takes a name that ends in .c; the header is written beside it");
    if (strpbrk(cli_file_name(options->output), "\"\\?\n") != NULL)
        return cli_usage_error(
            options,
            "--output takes a name that #include accepts: without \", \\, ? or line breaks");
    char *name = NULL;
    int code = choose_name(&name, options);
    cli_c_writer writer = {
        .export = e, .name = name, .int8 = options->int8, .no_libm = options->no_libm};
    if (code == CLI_OK)
        code = check(e);
    if (code == CLI_OK)
        code = write_files(&writer);
    for (int j = 0; writer.members != NULL && j < e->schema.count; ++j)
        free(writer.members[j]);
    free(writer.members);
    free(writer.upper);
    free(name);
    return code;
}
