/* CSV and TSV: good files and bad ones. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void assert_text(const gd_table *t, int64_t row, int column, const char *expected)
{
    char buffer[32];
    const char *text = gd_table_text(t, row, column, buffer);
    if (strcmp(text, expected) != 0)
        fail_msg("row %d, column %d: \"%s\", not \"%s\"", (int)row, column, text, expected);
}

/* The same table in every way that RFC 4180, editors and other programs write it. */
static void test_dialects(void **state)
{
    (void)state;
    const char *const texts[] = {
        "name,n\n\"a,\"\"b\"\"\nc\",1\nd,2\n",
        "name,n\r\n\"a,\"\"b\"\"\nc\",1\r\nd,2\r\n",
        "name,n\r\"a,\"\"b\"\"\nc\",1\rd,2\r",
        "\xEF\xBB\xBFname,n\n\"a,\"\"b\"\"\nc\",\"1\"\n\"d\",2",
        "\n\r\n\"name\",\"n\"\n\n\"a,\"\"b\"\"\nc\", 1 \n\r\rd,\"2\"\r\n\n",
        "name;n\n\"a,\"\"b\"\"\nc\";1\nd;2\n",
        "name\tn\n\"a,\"\"b\"\"\nc\"\t1\nd\t2\n",
        "name | n\n \"a,\"\"b\"\"\nc\" | 1\n d | 2\n",
        "name \t, n\n \"a,\"\"b\"\"\nc\"\t ,\t1\nd,  \" 2 \"\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        gd_table *t = read_text(texts[i], NULL);
        if (t == NULL)
            fail_msg("%zu: %s", i, gd_message());
        assert_true(gd_table_has_header(t));
        assert_int_equal(gd_table_rows(t), 2);
        assert_int_equal(gd_table_columns(t), 2);
        assert_string_equal(gd_table_name(t, 0), "name");
        assert_string_equal(gd_table_name(t, 1), "n");
        assert_text(t, 0, 0, "a,\"b\"\nc");
        assert_text(t, 1, 0, "d");
        assert_true(gd_table_number(t, 0, 1) == 1 && gd_table_number(t, 1, 1) == 2);
        gd_table_destroy(t);
    }
}

static void test_delimiters(void **state)
{
    (void)state;
    const struct {
        const char *text;
        gd_table_options options;
        int columns;
    } cases[] = {
        {"a,b\n1,2\n", {0}, 2},
        {"a\n1\n", {0}, 1},
        {"a;b;c\n1,5;2,5;3,5\n", {0}, 3}, /* decimal commas */
        {"1,5;2,5\n1,5;2,5\n", {0}, 2},   /* and no header */
        {"a|b;c,d\n1|2;3,4\n", {0}, 2},   /* ; comes first */
        {"a|b,c\n1|2,3\n", {0}, 2},       /* , before | */
        {"id,genres\n1,a|b\n2,c|d\n", {0}, 2},
        {"a\tb,c\n1\t2\n", {0}, 2},
        {"\"a;b;c\",d\n\"x;y;z\",1\n", {0}, 2}, /* in quotes none counts */
        {"a;b\n1;2\n", {.delimiter = ','}, 1},
        {"a b\n1 2\n", {.delimiter = ' '}, 2},
        {"a:b\n1:2\n", {.delimiter = ':'}, 2},
        {"a\tb,c\n1\t2,3\n", {.format = "tsv"}, 2},
        {"a,b\tc\n1,2\t3\n", {.format = "tsv"}, 2},
        {"a;b\tc\n1;2\t3\n", {.format = "tsv", .delimiter = ';'}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_table *t = read_text(cases[i].text, &cases[i].options);
        if (t == NULL)
            fail_msg("%zu: %s", i, gd_message());
        if (gd_table_columns(t) != cases[i].columns)
            fail_msg("%zu: %d columns", i, gd_table_columns(t));
        gd_table_destroy(t);
    }
}

static void test_headers(void **state)
{
    (void)state;
    const struct {
        const char *text;
        gd_header header;
        bool expected;
        const char *name; /* of the first column */
    } cases[] = {
        {"a,b\nc,d\n", GD_HEADER_AUTO, true, "a"},
        {"a,2\nc,d\n", GD_HEADER_AUTO, false, "1"},
        {"a,?\nc,d\n", GD_HEADER_AUTO, false, "1"},
        {"a,a\nc,d\n", GD_HEADER_AUTO, false, "1"},
        {",\nc,d\n", GD_HEADER_AUTO, false, "1"},
        {",b\n0,d\n", GD_HEADER_AUTO, true, "1"}, /* as pandas writes row numbers */
        {"a,\nc,\n", GD_HEADER_AUTO, true, "a"},
        {"a, 2e3 \nc,d\n", GD_HEADER_AUTO, false, "1"},
        {"2019,2020\n1,2\n", GD_HEADER_YES, true, "2019"},
        {"2019,2020\n1,2\n", GD_HEADER_AUTO, false, "1"},
        {"a,b\nc,d\n", GD_HEADER_NO, false, "1"},
        {"\"a\nb\",c\n1,2\n", GD_HEADER_AUTO, true, "a\nb"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_table *t = read_text(cases[i].text, &(gd_table_options){.header = cases[i].header});
        if (t == NULL)
            fail_msg("%zu: %s", i, gd_message());
        if (gd_table_has_header(t) != cases[i].expected ||
            strcmp(gd_table_name(t, 0), cases[i].name) != 0)
            fail_msg("%zu: %d, \"%s\"", i, gd_table_has_header(t), gd_table_name(t, 0));
        assert_int_equal(gd_table_rows(t), cases[i].expected ? 1 : 2);
        assert_int_equal(gd_table_columns(t), 2);
        assert_int_equal(gd_table_find(t, cases[i].name), 0);
        gd_table_destroy(t);
    }
}

static void assert_refused(const char *text, size_t length, const gd_table_options *options,
                           const char *message)
{
    write_file("t.csv", text, length);
    assert_null(gd_table_read("t.csv", options));
    assert_string_equal(gd_message(), message);
}

static void test_malformed(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"", "t.csv:1:1: a table is expected, found the end of the file"},
        {"\xEF\xBB\xBF", "t.csv:1:1: a table is expected, found the end of the file"},
        {"\n\n", "t.csv:3:1: a table is expected, found the end of the file"},
        {"a,b\n1,2\n3\n",
         "t.csv:3:2: 2 fields are expected, as the first line names columns, found 1"},
        {"a,b\n1,2,\n",
         "t.csv:2:4: 2 fields are expected, as the first line names columns, found more than 2"},
        {"\xEF\xBB\xBF"
         "a,b\n1,2\n3",
         "t.csv:3:2: 2 fields are expected, as the first line names columns, found 1"},
        {"1,2\n1,2,3\n", "t.csv:2:4: 2 fields are expected, found more than 2"},
        {"a,b\n1,\"x\ny\"\n  \n",
         "t.csv:4:3: 2 fields are expected, as the first line names columns, found 1"},
        {"a,b\r1,2\r3\r",
         "t.csv:3:2: 2 fields are expected, as the first line names columns, found 1"},
        {"a,b\n\n1,\"2\n3,4\n",
         "t.csv:3:3: a closing quote is expected for this one, found the end of the file"},
        {"a,b\n1,\"2\"\"",
         "t.csv:2:3: a closing quote is expected for this one, found the end of the file"},
        {"a,\"b", "t.csv:1:3: a closing quote is expected for this one, found the end of the file"},
        {"a,b\n1,\"2\"x\n",
         "t.csv:2:6: a delimiter or the end of the line is expected after a quoted field"},
        {"a,b\n1,\"\n2\" x\n",
         "t.csv:3:4: a delimiter or the end of the line is expected after a quoted field"},
        {"a,b\n1,\"\r2\" x\n",
         "t.csv:3:4: a delimiter or the end of the line is expected after a quoted field"},
        {"a,b\n1,2\"3\n",
         "t.csv:2:4: a quoted field is expected around a quote, which is doubled in it"},
        {"a,b\n1,caf\xE9\n", "t.csv:2:6: text in UTF-8 is expected, found byte 0xe9 (iconv -f "
                             "LATIN1 -t UTF-8 may convert it)"},
        {"a,caf\xE9\n1,2\n", "t.csv:1:6: text in UTF-8 is expected, found byte 0xe9 (iconv -f "
                             "LATIN1 -t UTF-8 may convert it)"},
        {"a\n\xED\xA0\x80\n", "t.csv:2:1: text in UTF-8 is expected, found byte 0xed (iconv -f "
                              "LATIN1 -t UTF-8 may convert it)"},
        {"a\n\xC0\x80\n", "t.csv:2:1: text in UTF-8 is expected, found byte 0xc0 (iconv -f LATIN1 "
                          "-t UTF-8 may convert it)"},
        {"a\n\xE0\x80\x80\n",
         "t.csv:2:1: text in UTF-8 is expected, found byte 0xe0 (iconv -f LATIN1 "
         "-t UTF-8 may convert it)"},
        {"a\n\xF0\x80\x80\x80\n",
         "t.csv:2:1: text in UTF-8 is expected, found byte 0xf0 (iconv -f LATIN1 "
         "-t UTF-8 may convert it)"},
        {"a\nx\xF4\x90\x80\x80\n", "t.csv:2:2: text in UTF-8 is expected, found byte 0xf4 (iconv "
                                   "-f LATIN1 -t UTF-8 may convert it)"},
        {"a\nx\xE6\x97\n", "t.csv:2:2: text in UTF-8 is expected, found byte 0xe6 (iconv -f LATIN1 "
                           "-t UTF-8 may convert it)"},
        {"\xFF\xFE"
         "a",
         "t.csv: a table is expected, found text in UTF-16; `iconv -f UTF-16 -t UTF-8 FILE` "
         "converts "
         "it"},
        {"\xfd"
         "7zXZ",
         "t.csv:1:1: text in UTF-8 is expected, found byte 0xfd (iconv -f LATIN1 -t UTF-8 "
         "may convert it)"},
        {"\xfd"
         "7zXZ!",
         "t.csv: a table is expected, found data compressed by xz; `xz -dc FILE` converts it"},
        {"\x28\xb5\x2f\xfd!",
         "t.csv: a table is expected, found data compressed by zstd; `zstd -dc FILE` "
         "converts it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        assert_refused(cases[i][0], strlen(cases[i][0]), NULL, cases[i][1]);
    assert_refused("a,b\n1,\0002\n", 9, NULL,
                   "t.csv:2:3: text in UTF-8 is expected, found byte 0x00");
    assert_refused("a,b\n1,x\0\n", 9, NULL,
                   "t.csv:2:4: text in UTF-8 is expected, found byte 0x00");
    assert_refused("a,b\n1,\"x\ny\0\"\n", 13, NULL,
                   "t.csv:3:2: text in UTF-8 is expected, found byte 0x00");
    assert_refused("a,b\n1,2\n\0", 9, NULL,
                   "t.csv:3:1: text in UTF-8 is expected, found byte 0x00");
    const gd_table_options yes = {.header = GD_HEADER_YES};
    assert_refused("a,b,a\n1,2,3\n", 12, &yes,
                   "t.csv:1:5: a name for column 3 that no other column has is expected, found "
                   "\"a\", the name of column 1");
    assert_refused("3,b,\n1,2,3\n", 11, &yes,
                   "t.csv:1:5: a name for column 3 that no other column has is expected, found "
                   "\"3\", the name of column 1");
    assert_refused("a\n1\n", 4, &(gd_table_options){.delimiter = '.'},
                   "table_read: a tab, a blank or one of ,;|:/&#~^!%$@*= is expected as delimiter, "
                   "found byte 0x2e");
    assert_refused("a\n1\n", 4, &(gd_table_options){.format = "xls"},
                   "table_read: a format among csv, tsv, arff, libsvm, fasttext, idx, npy, npz is "
                   "expected, found \"xls\"");
    assert_null(gd_table_read("missing.csv", NULL));
    assert_string_equal(gd_message(), "missing.csv: No such file or directory");
    assert_null(gd_table_read("/", NULL));
    assert_string_equal(gd_message(), "/: Is a directory");
    assert_null(gd_table_read(NULL, NULL));
}

/* The bytes that hexadecimal digits up to a blank or line end stand for, closed by a 0; how many.
 * */
static size_t from_hexadecimal(const char **digits, char *to)
{
    size_t count = 0;
    if (**digits == '-')
        ++*digits;
    for (unsigned byte; **digits != ' ' && **digits != '\n'; *digits += 2) {
        assert_int_equal(sscanf(*digits, "%2x", &byte), 1);
        to[count++] = (char)byte;
    }
    ++*digits;
    to[count] = '\0';
    return count;
}

/* Tables that Python's csv module has written, and the cells that it reads in them. */
static void test_python(void **state)
{
    (void)state;
    static char line[1 << 17], bytes[1 << 16];
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/csv.txt", "r");
    assert_non_null(file);
    unsigned delimiter;
    int rows, columns, cases = 0;
    for (; fscanf(file, "case %x %d %d\n", &delimiter, &rows, &columns) == 3; ++cases) {
        const char *digits = fgets(line, sizeof line, file);
        write_file("t.csv", bytes, from_hexadecimal(&digits, bytes));
        gd_table *t = gd_table_read("t.csv", &(gd_table_options){.header = GD_HEADER_NO,
                                                                 .delimiter = (char)delimiter,
                                                                 .verbatim = "*"});
        if (t == NULL)
            fail_msg("case %d: %s", cases, gd_message());
        assert_int_equal(gd_table_rows(t), rows);
        assert_int_equal(gd_table_columns(t), columns);
        for (int i = 0; i < rows; ++i) {
            digits = fgets(line, sizeof line, file);
            for (int j = 0; j < columns; ++j) {
                from_hexadecimal(&digits, bytes);
                assert_text(t, i, j, bytes);
            }
        }
        gd_table_destroy(t);
    }
    assert_int_equal(cases, 24);
    assert_true(feof(file));
    fclose(file);
}

static void assert_same(double a, double b, const char *text)
{
    if (memcmp(&a, &b, sizeof a) != 0)
        fail_msg("%s: %a, not %a", text, a, b);
}

/* Numbers are float()'s, bit for bit, whatever decimal point the program has chosen; in columns
 * that keep texts and in those that do not. Their texts are read as the same numbers. */
static void test_numbers(void **state)
{
    (void)state;
    static char text[1 << 18], number[128];
    double expected;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/numbers.txt", "r");
    assert_non_null(file);
    size_t length = (size_t)sprintf(text, "kept,dropped\n");
    for (int first = 1000; first < 1100;
         ++first) /* so that the second column has dropped its texts */
        length += (size_t)sprintf(text + length, "0,%d.5\n", first);
    while (fscanf(file, "%127s %lf\n", number, &expected) == 2)
        length += (size_t)sprintf(text + length, "%s, %s\n", number, number);
    setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is installed */
    gd_table *t = read_text(text, &(gd_table_options){.verbatim = "kept"});
    assert_non_null(t);
    assert_int_equal(gd_table_level_count(t, 1), -1);
    assert_true(gd_table_level_count(t, 0) > 3000);
    rewind(file);
    for (int64_t row = 100; row < gd_table_rows(t); ++row) {
        char buffer[32];
        setlocale(LC_ALL, "C");
        assert_int_equal(fscanf(file, "%127s %lf\n", number, &expected), 2);
        assert_same(gd_table_number(t, row, 0), expected, number);
        assert_same(gd_table_number(t, row, 1), expected, number);
        assert_text(t, row, 0, number);
        setlocale(LC_ALL, "de_DE.UTF-8");
        const char *again = gd_table_text(t, row, 1, buffer);
        setlocale(LC_ALL, "C");
        assert_same(strtod(again, NULL), expected, again);
    }
    gd_table_destroy(t);
    fclose(file);
}

/* A quoted field, a doubled quote, CRLF and numbers come to lie on every place of a block's end.
 * */
static void test_blocks(void **state)
{
    (void)state;
    enum { ROWS = 24000, ROW = 32 };
    static char text[ROWS * ROW + 100], expected[64];
    for (int shift = 1; shift <= ROW; ++shift) {
        size_t length =
            (size_t)sprintf(text, "%.*s,b,c\r\n", shift, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        for (int i = 0; i < ROWS; ++i)
            length += (size_t)sprintf(text + length, "%d.25,\"a\"\"%d\r\nc\", x%d\r\n", 100000 + i,
                                      i % 7, 10000 + i % 500);
        write_file("t.csv", text, length);
        gd_table *t = gd_table_read("t.csv", NULL);
        if (t == NULL)
            fail_msg("%d: %s", shift, gd_message());
        assert_int_equal(gd_table_rows(t), ROWS);
        assert_int_equal(gd_table_level_count(t, 1), 7);
        assert_int_equal(gd_table_level_count(t, 2), 500);
        for (int i = 0; i < ROWS; ++i) {
            assert_true(gd_table_number(t, i, 0) == 100000.25 + i);
            sprintf(expected, "a\"%d\r\nc", i % 7);
            assert_text(t, i, 1, expected);
            sprintf(expected, "x%d", 10000 + i % 500);
            assert_text(t, i, 2, expected);
        }
        assert_int_equal(gd_table_line(t, ROWS - 1), 2 * ROWS);
        gd_table_destroy(t);
    }
}

/* Fields and a header that are longer than a block. */
static void test_long_fields(void **state)
{
    (void)state;
    enum { LENGTH = 600000 };
    static char text[4 * LENGTH], name[LENGTH + 1];
    memset(name, 'x', LENGTH);
    size_t length = (size_t)sprintf(text, "a,%s\n1,\"%s\"\"\"\n2,%s\n", name, name, name);
    write_file("t.csv", text, length);
    gd_table *t = gd_table_read("t.csv", NULL);
    assert_non_null(t);
    assert_int_equal(gd_table_find(t, name), 1);
    assert_int_equal(gd_table_level_count(t, 1), 2);
    assert_int_equal(strlen(gd_table_level(t, 1, 1)), LENGTH + 1);
    assert_text(t, 1, 1, name);
    gd_table_destroy(t);
    text[length - 2] = '\0';
    write_file("t.csv", text, length);
    assert_null(gd_table_read("t.csv", NULL));
    assert_string_equal(gd_message(), "t.csv:3:600002: text in UTF-8 is expected, found byte 0x00");
}

static void test_wide(void **state)
{
    (void)state;
    enum { COLUMNS = 10000 };
    static char text[40 * COLUMNS];
    size_t length = 0;
    for (int i = 0; i < COLUMNS; ++i)
        length += (size_t)sprintf(text + length, "%sfeature %d", i > 0 ? "," : "", i);
    for (int row = 0; row < 2; ++row)
        for (int i = 0; i < COLUMNS; ++i)
            length += (size_t)sprintf(text + length, "%s%d", i > 0 ? "," : "\n", i * (row + 1));
    gd_table *t = read_text(text, NULL);
    assert_non_null(t);
    assert_int_equal(gd_table_columns(t), COLUMNS);
    gd_tensor *x = gd_table_numbers(t, 0, COLUMNS, GD_F32);
    for (int i = 0; i < COLUMNS; ++i) {
        char name[32];
        sprintf(name, "feature %d", i);
        assert_int_equal(gd_table_find(t, name), i);
        assert_true(((float *)x->data)[COLUMNS + i] == (float)(2 * i));
    }
    gd_tensor_destroy(x);
    gd_table_destroy(t);
}

static void test_standard_input(void **state)
{
    (void)state;
    write_file("t.csv", "a,b\n1,x\n2\n", 10);
    int before = dup(STDIN_FILENO);
    FILE *pipe = popen("gzip -c < t.csv", "r");
    assert_non_null(pipe);
    dup2(fileno(pipe), STDIN_FILENO);
    gd_table *t = gd_table_read("-", NULL);
    dup2(before, STDIN_FILENO);
    close(before);
    assert_int_equal(pclose(pipe), 0);
    assert_null(t);
    assert_string_equal(
        gd_message(),
        "standard input:3:2: 2 fields are expected, as the first line names columns, found 1");
}

/* A table with all that a reader knows. */
static const char features[] = "\xEF\xBB\xBFname;\"n \"\"1\"\"\";\xC3\xBC;d\r\n"
                               "\"a;\nb\"\"\"; 1.5 ;NA;12345678901234567890\r\n"
                               "\n caf\xC3\xA9 ;\"-2e-3\";\"\";.5\n\"x\" ;3;long text of words;-1\r"
                               "y;?;\xE6\x97\xA5;1e999\n";

/* A file that is cut short or has a wrong byte is read or refused, with a message that begins
 * with its name. */
static void test_broken_files(void **state)
{
    (void)state;
    char text[sizeof features];
    size_t length = sizeof features - 1;
    uint32_t random = 1;
    for (size_t i = 0; i < length + 5000; ++i) {
        memcpy(text, features, sizeof text);
        for (int flips = i < length ? 0 : 1 + (int)(i % 3); flips > 0; --flips) {
            random = random * 1664525 + 1013904223;
            text[(random >> 8) % length] ^= (char)(1 << (random >> 29));
        }
        write_file("t.csv", text, i < length ? i : length);
        gd_table *t = gd_table_read("t.csv", NULL);
        if (t == NULL)
            assert_int_equal(strncmp(gd_message(), "t.csv:", 6), 0);
        for (int j = 0; t != NULL && j < gd_table_columns(t); ++j)
            gd_tensor_destroy(gd_table_numbers(t, j, 1, GD_F64)),
                gd_tensor_destroy(gd_table_classes(t, j));
        gd_table_destroy(t);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    static char text[8192];
    size_t length = (size_t)sprintf(text, "a,b,c\n");
    for (int i = 0; i < 200; ++i)
        length += (size_t)sprintf(text + length, "%d.5,\"x\"\"%d\",%d\n", i, i % 40, i % 3);
    write_file("t.csv", text, length);
    const gd_table_options options = {.missing = "-,none", .verbatim = "b"};
    bool whole = false;
    for (long k = 1; !whole && k < 1000; ++k) {
        fail_allocation(k);
        gd_table *t = gd_table_read("t.csv", &options);
        gd_tensor *x = t != NULL ? gd_table_numbers(t, 0, 1, GD_F32) : NULL;
        gd_tensor *y = t != NULL ? gd_table_classes(t, 1) : NULL, *train = NULL, *test = NULL;
        gd_rng rng = {.key = 1};
        bool split = y != NULL && gd_split_stratified(y, 0.5, &rng, &train, &test) == GD_OK;
        gd_tensor *rows = split ? gd_take_rows(x != NULL ? x : y, train) : NULL;
        whole = !allocation_failed();
        assert_true(!whole || (x != NULL && rows != NULL));
        gd_tensor *owned[] = {x, y, train, test, rows};
        for (int i = 0; i < 5; ++i)
            gd_tensor_destroy(owned[i]);
        gd_table_destroy(t);
        assert_int_equal(allocations_live(), 0);
    }
    assert_true(whole);
    gd_set_allocator(NULL, NULL);
}

#define TEST(name) cmocka_unit_test(name)

int csv_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dialects),       TEST(test_delimiters),   TEST(test_headers),
        TEST(test_malformed),      TEST(test_python),       TEST(test_numbers),
        TEST(test_blocks),         TEST(test_long_fields),  TEST(test_wide),
        TEST(test_standard_input), TEST(test_broken_files), TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("csv", tests, enter_folder, leave_folder);
}
