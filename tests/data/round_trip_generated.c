/* Generated tables, written in every format and read again: the same table, or the writer refused
 * before the first byte. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const formats[] = {"csv", "tsv", "arff", "libsvm", "fasttext", "npy"};
enum { FORMATS = sizeof formats / sizeof *formats, COLUMNS = 4, ROWS = 8 };

static const char *const texts[] = {"NA",
                                    "?",
                                    "null",
                                    "nan",
                                    " a",
                                    "a ",
                                    "a,b",
                                    "a;b",
                                    "a\tb",
                                    "a|b",
                                    "\"",
                                    "a\"b",
                                    "'",
                                    "a'b",
                                    "\\",
                                    "a\nb",
                                    "\r",
                                    "{",
                                    "}",
                                    "%",
                                    "%a",
                                    "#",
                                    "# a",
                                    "@data",
                                    "inf",
                                    "__label__x",
                                    "infinity",
                                    "0x1f",
                                    "\x01",
                                    "\x1b[",
                                    "\x7f",
                                    "\v",
                                    "\xc2\x80",
                                    "\xef\xbb\xbf"
                                    "a",
                                    "a",
                                    "b",
                                    "yes",
                                    "no",
                                    ":",
                                    "1:2",
                                    "\n",
                                    "a\r\nb",
                                    "1,5",
                                    "1.2.3",
                                    "-",
                                    " ",
                                    "\t",
                                    "x y",
                                    "a  b",
                                    "a #b",
                                    "a%b",
                                    "\\n",
                                    "'a'",
                                    "\"a\"",
                                    "__label__",
                                    "BZh9",
                                    "PK\x03\x04",
                                    "@relation",
                                    "@ATTRIBUTE",
                                    "1 2:3"};
static const char *const numbers[] = {
    "1",      "0",      "-0",     "0.1",    "1e40",
    "-1e40",  "1e-40",  "-1e-40", "5e-324", "1.7976931348623157e308",
    "1e400",  "-1e400", "007",    "1.50",   "123456789012345678",
    "3.4e38", "-1",     "2.0",    "1e999",  "+5",
    ".5",     "5."};
static const char *const names[] = {"a",
                                    " a",
                                    "a ",
                                    "",
                                    "1",
                                    "2",
                                    "3",
                                    "a,b",
                                    "a;b",
                                    "a\tb",
                                    "\"",
                                    "'",
                                    "%",
                                    "#",
                                    "?",
                                    "NA",
                                    "a\nb",
                                    "label_3",
                                    "label_x",
                                    "__label__a",
                                    "@data",
                                    "{",
                                    "}",
                                    "1e5",
                                    "\\",
                                    "\x1b",
                                    "\xef\xbb\xbf"
                                    "b",
                                    "a b",
                                    "nan",
                                    "text",
                                    "label",
                                    "-1",
                                    "label_1",
                                    "target",
                                    "007",
                                    "inf",
                                    "a\rb",
                                    "\x01",
                                    "BZh9",
                                    "PK\x03\x04",
                                    "@relation",
                                    "@ATTRIBUTE",
                                    "1 2:3",
                                    "# 1 2:3"};

static uint64_t state_of_draws;

static unsigned draw(unsigned below)
{
    state_of_draws = state_of_draws * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state_of_draws >> 33) % below;
}

#define ANY(list) list[draw(sizeof list / sizeof *list)]

static void put_quoted(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; ++text)
        fprintf(file, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', file);
}

/* A table as CSV, all in quotes but numbers and missing cells; NULL: two names are the same. */
static gd_table *make(bool header, bool spelling)
{
    int columns = 1 + (int)draw(COLUMNS), rows = (int)draw(ROWS), kinds[COLUMNS];
    FILE *file = fopen("t.csv", "wb");
    for (int i = 0; i < columns; ++i) {
        kinds[i] = (int)draw(4); /* texts, numbers, both, 0 and 1 */
        if (header) {
            put_quoted(file, ANY(names));
            fputc(i + 1 < columns ? ',' : '\n', file);
        }
    }
    for (int row = 0; row < rows; ++row)
        for (int i = 0; i < columns; ++i) {
            unsigned one = draw(10);
            int kind = kinds[i] == 2 ? (int)draw(2) : kinds[i];
            if (one == 0)
                fputs(columns == 1 ? "\"\"" : "", file);
            else if (kind == 0)
                put_quoted(file, ANY(texts));
            else
                fputs(kind == 3 ? draw(2) ? "1" : "0" : ANY(numbers), file);
            fputc(i + 1 < columns ? ',' : '\n', file);
        }
    fclose(file);
    return gd_table_read("t.csv",
                         &(gd_table_options){.delimiter = ',',
                                             .header = header ? GD_HEADER_YES : GD_HEADER_NO,
                                             .decimal = '.',
                                             .spelling = spelling});
}

static bool is_named(const char *format)
{
    return strcmp(format, "csv") == 0 || strcmp(format, "tsv") == 0 || strcmp(format, "arff") == 0;
}

static void show(const gd_table *t)
{
    char text[4000];
    size_t size = read_whole_file("t.csv", text, sizeof text - 1);
    text[size] = '\0';
    print_message("%s was:\n%s\n", gd_table_path(t), text);
    size = read_whole_file("t", text, sizeof text - 1);
    text[size] = '\0';
    print_message("written:\n%s\n", text);
}

/* In libsvm 0 is what a cell is that is not there, and a column without another number is not
 * there; the labels come last. */
static bool compares(const char *format)
{
    return strcmp(format, "libsvm") != 0 && strcmp(format, "fasttext") != 0;
}

static const char *differs(const gd_table *t, const gd_table *again, const char *format)
{
    char a[32], b[32];
    static char found[200];
    if (gd_table_rows(again) != gd_table_rows(t))
        return "rows";
    if (!compares(format))
        return NULL;
    if (gd_table_columns(again) != gd_table_columns(t))
        return "columns";
    for (int i = 0; i < gd_table_columns(t); ++i) {
        bool named = is_named(format) && gd_table_has_header(t);
        if (named && strcmp(gd_table_name(t, i), gd_table_name(again, i)) != 0)
            return "names";
        bool number = gd_table_kind(t, i) == GD_COLUMN_NUMBERS;
        for (int64_t row = 0; row < gd_table_rows(t); ++row) {
            const char *x = gd_table_text(t, row, i, a), *y = gd_table_text(again, row, i, b);
            double u = gd_table_number(t, row, i), v = gd_table_number(again, row, i);
            bool missing = (gd_table_code(t, row, i) < 0 && x[0] == '\0') ==
                           (gd_table_code(again, row, i) < 0 && y[0] == '\0');
            bool same = strcmp(x, y) == 0 || (number && (u == v || (isnan(u) && isnan(v))));
            if (missing && same)
                continue;
            snprintf(found, sizeof found, "row %d, column %d: \"%.60s\" became \"%.60s\"", (int)row,
                     i, x, y);
            return found;
        }
    }
    return NULL;
}

static void check(const gd_table *t, const char *format, char delimiter, gd_header header)
{
    FILE *file = fopen("t", "wb");
    gd_status status = gd_table_write(t, file, format, NULL, delimiter);
    long size = ftell(file);
    fclose(file);
    if (status != GD_OK) {
        assert_int_equal(status, GD_ERROR_VALUE);
        if (size != 0)
            fail_msg("%s: refused after %ld bytes: %s", format, size, gd_message());
        return;
    }
    bool sniffed = delimiter == '\0' || strchr(",;\t|", delimiter) != NULL;
    gd_table *again = gd_table_read(
        "t", &(gd_table_options){.format = strcmp(format, "csv") == 0 && sniffed ? NULL : format,
                                 .header = header,
                                 .decimal = '.',
                                 .delimiter = sniffed ? '\0' : delimiter});
    const char *problem = again == NULL ? gd_message() : differs(t, again, format);
    if (problem != NULL) {
        show(t);
        fail_msg("%s, delimiter %d: %s", format, delimiter, problem);
    }
    gd_table_destroy(again);
}

static void test_generated(void **state)
{
    (void)state;
    static const char delimiters[] = {'\0', ',', ';', '\t', '|', ' ', ':', '/', '#', '%', '='};
    const char *wanted = getenv("GRADUS_ROUND_TRIPS");
    int count = wanted != NULL ? atoi(wanted) : 1000, made = 0;
    for (int i = 0; i < count; ++i) {
        state_of_draws = (uint64_t)i;
        bool header = draw(3) > 0, spelling = draw(2) > 0;
        gd_table *t = make(header, spelling);
        if (t == NULL)
            continue; /* two names are the same, or there is no row */
        ++made;
        gd_header told = header ? GD_HEADER_YES : GD_HEADER_NO;
        for (int f = 0; f < FORMATS; ++f)
            check(t, formats[f], '\0', told);
        check(t, "csv", delimiters[draw(sizeof delimiters)], told);
        gd_table_destroy(t);
    }
    assert_true(made > count / 2);
}

/* Arrays have numbers that no text was read as: what is infinite or NaN, float32 at its ends,
 * each dtype. */
static gd_table *make_array(gd_dtype dtype)
{
    static const double special[] = {0,
                                     -0.0,
                                     1,
                                     0.1,
                                     1e30,
                                     1e-40,
                                     (double)NAN,
                                     (double)INFINITY,
                                     -(double)INFINITY,
                                     3.4028234663852886e38,
                                     255,
                                     -1,
                                     2,
                                     1e308};
    enum { MOST = 24 };
    double values[MOST];
    int64_t columns = 1 + draw(3), rows = 1 + draw(7), n = rows * columns;
    bool finite = draw(2) > 0;
    for (int64_t i = 0; i < n; ++i) {
        double x = special[draw(sizeof special / sizeof *special)];
        bool kept = finite ? isfinite(x) && fabs(x) < 1e38 : true;
        values[i] = !kept ? 3 : dtype == GD_F32 || dtype == GD_F64 ? x : (double)draw(200);
    }
    gd_tensor *x = gd_tensor_create(dtype, GD_DIMS(rows, columns));
    for (int64_t i = 0; i < n; ++i)
        switch (dtype) {
        case GD_F32:
            ((float *)x->data)[i] = (float)values[i];
            break;
        case GD_F64:
            ((double *)x->data)[i] = values[i];
            break;
        case GD_I64:
            ((int64_t *)x->data)[i] = (int64_t)values[i] - 100;
            break;
        default:
            ((uint8_t *)x->data)[i] = (uint8_t)values[i];
        }
    assert_int_equal(gd_tensor_save_npy("t.csv", x), GD_OK);
    gd_tensor_destroy(x);
    return gd_table_read("t.csv", &(gd_table_options){.format = "npy"});
}

static void test_arrays(void **state)
{
    (void)state;
    static const gd_dtype dtypes[] = {GD_F32, GD_F64, GD_I64, GD_U8};
    for (int i = 0; i < 800; ++i) {
        state_of_draws = (uint64_t)i;
        gd_table *t = make_array(dtypes[i % 4]);
        if (t == NULL)
            fail_msg("%s", gd_message());
        for (int f = 0; f < FORMATS; ++f)
            check(t, formats[f], '\0', GD_HEADER_AUTO);
        gd_table_destroy(t);
    }
}

int round_trip_generated_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_generated),
                                       cmocka_unit_test(test_arrays)};
    return cmocka_run_group_tests_name("round trips of generated tables", tests, enter_folder,
                                       leave_folder);
}
