/* ARFF files, as https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable describes
 * them. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <stdio.h>
#include <string.h>

static gd_table *read_string(const char *text)
{
    return read_table(text, strlen(text));
}

/* All that the format has, but sparse rows. */
static void test_dense(void **state)
{
    (void)state;
    gd_table *t =
        read_string("% a comment\n"
                    "@RELATION weather\n"
                    "\n"
                    "@attribute outlook {sunny, overcast,rainy}\n"
                    "  @Attribute temperature REAL\r\n"
                    "@attribute\t'wind speed' integer % km/h\n"
                    "@attribute \"it\\'s\" { 'a b' ,'\\'', \"x\\\\y\", \"p,q\", don't}\n"
                    "@attribute note string\n"
                    "@attribute day date \"yyyy-MM-dd\"\n"
                    "@attribute play{yes,no}\n"
                    "@DATA % rows\n"
                    "sunny,85,?,'a b','one\\ntwo\\t\\\"3\\\"',2001-01-02,yes\n"
                    "% another comment\r\n"
                    "\n"
                    "'rainy' , 6.5e1, +7 ,\"'\",007 \"2001-01-03\" no % blanks separate, too\r\n"
                    "?,-1,8,don't,'','2001-01-04 12:00','no'");
    assert_table(t, "outlook,temperature,wind speed,it's,note,day,play\n"
                    "sunny,85,,a b,\"one\ntwo\t\"\"3\"\"\",2001-01-02,yes\n"
                    "rainy,6.5e1,+7,',007,2001-01-03,no\n"
                    ",-1,8,don't,,2001-01-04 12:00,no\n");
    assert_int_equal(gd_table_kind(t, 1), GD_COLUMN_NUMBERS);
    assert_true(gd_table_number(t, 1, 1) == 65);
    assert_int_equal(gd_table_kind(t, 3), GD_COLUMN_TEXTS);
    assert_int_equal(gd_table_level_count(t, 3), 5); /* declared, whether they come or not */
    assert_string_equal(gd_table_level(t, 3, 2), "don't");
    assert_string_equal(gd_table_level(t, 0, 0), "overcast");
    assert_int_equal(gd_table_code(t, 2, 0), -1);
    assert_int_equal(gd_table_line(t, 2), 16);
    assert_true(gd_table_has_header(t) && !gd_table_is_sparse(t));
    assert_targets(t, "play ");
    gd_table_destroy(t);
}

static void test_as_scipy(void **state)
{
    (void)state;
    assert_fixture("plants.arff", "plants.csv");
}

static void test_sparse(void **state)
{
    (void)state;
    gd_table *t = read_string("@relation s\n"
                              "@attribute a numeric\n"
                              "@attribute b {no,yes}\n"
                              "@attribute c string\n"
                              "@attribute d {'',x}\n"
                              "@data\n"
                              "{0 1.5, 1 yes ,2 w}\n"
                              "{}\n"
                              "{ 1 yes,3 x } % the end\n"
                              "{0 ?,2 'v w', 3 ''}\n"
                              "3,no,u,x\n");
    assert_table(t, "a,b,c,d\n1.5,yes,w,\n0,no,,\n0,yes,,x\n,no,v w,\n3,no,u,x\n");
    gd_table_destroy(t);
    char many[40000] = "@relation m\n@attribute a numeric\n@attribute b {0,1}\n@data\n";
    for (int i = 0; i < 1500; ++i) /* a column that becomes just numbers */
        snprintf(many + strlen(many), 32, "{0 %d,1 1}\n", i + 1);
    strcat(many, "{}\n");
    t = read_string(many);
    assert_non_null(t);
    assert_int_equal(gd_table_level_count(t, 0), -1);
    assert_true(gd_table_number(t, 1499, 0) == 1500 && gd_table_number(t, 1500, 0) == 0);
    assert_true(gd_table_number(t, 1499, 1) == 1 && gd_table_number(t, 1500, 1) == 0);
    gd_table_destroy(t);
}

/* What does not fit into a column that has become just numbers; and strings, which never do. */
static void test_amounts(void **state)
{
    (void)state;
    enum { ROWS = 1100 };
    static char text[ROWS * 32], expected[128];
    for (int last = 0; last < 3; ++last) {
        static const char *const lasts[] = {"1.5x,1\n", "-1e300,1\n", "'1\\5',1\n"};
        char *to =
            text + sprintf(text, "@relation r\n@attribute a real\n@attribute b string\n@data\n");
        for (int i = 0; i < ROWS; ++i)
            to += sprintf(to, "%d.5, %04d\n", i, i);
        strcpy(to, lasts[last]);
        gd_table *t = read_string(text);
        assert_true((t == NULL) == (last == 0));
        snprintf(expected, sizeof expected,
                 "t:%d:1: a number is expected in column \"a\", found \"1.5x\"", ROWS + 5);
        if (last == 0)
            assert_string_equal(gd_message(), expected);
        else if (last == 1)
            assert_null(gd_table_numbers(t, 0, 1, GD_F32));
        snprintf(
            expected, sizeof expected,
            "t:%d:1: a number that is not too large is expected in column \"a\", found \"-1e300\"",
            ROWS + 5);
        if (last == 1)
            assert_string_equal(gd_message(), expected);
        if (last == 2) {
            assert_true(gd_table_number(t, ROWS, 0) == 15);
            assert_int_equal(gd_table_level_count(t, 0), -1);
            assert_string_equal(gd_table_text(t, 7, 1, expected), "0007");
        }
        gd_table_destroy(t);
    }
}

/* MEKA's relation names. */
static void test_targets(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"'scene: -C 2'", "a b "}, {"\"x: -C -2 -split-percentage 50\"", "c d "},
        {"'-C 1'", "a "},          {"'-C -4'", "a b c d "},
        {"'x: -C 0'", "d "},       {"x-C", "d "},
        {"'Remove-R1-C 2'", "d "}, {"'y -C'", "d "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char text[256];
        snprintf(text, sizeof text,
                 "@relation %s\n@attribute a {0,1}\n@attribute b {0,1}\n@attribute c {0,1}\n"
                 "@attribute d {0,1}\n@data\n0,1,0,1\n",
                 cases[i][0]);
        gd_table *t = read_string(text);
        assert_targets(t, cases[i][1]);
        gd_table_destroy(t);
    }
}

/* What stands for nothing elsewhere is a value here, unless it is asked for. */
static void test_missing(void **state)
{
    (void)state;
    const char text[] = "@relation r\n@attribute a {None,NA,x}\n@attribute b numeric\n"
                        "@attribute c string\n@data\nNone,NaN,null\n?,1,?\nx,2,\"NA\"\n";
    gd_table *t = read_string(text);
    assert_table(t, "a,b,c\n\"None\",,\"null\"\n,1,\nx,2,\"NA\"\n");
    assert_int_equal(gd_table_missing(t, 0), 1);
    gd_table_destroy(t);
    t = gd_table_read("t", &(gd_table_options){.missing = "x,null,2"});
    assert_table(t, "a,b,c\n\"None\",,\n,1,\n,,\"NA\"\n");
    assert_int_equal(gd_table_level_count(t, 0), 2);
    gd_table_destroy(t);
    t = gd_table_read("t", &(gd_table_options){.verbatim = "b,absent,9-12,id*"});
    assert_table(t, "a,b,c\n\"None\",,\"null\"\n,1,\nx,2,\"NA\"\n");
    gd_table_destroy(t);
}

static void test_malformed(void **state)
{
    (void)state;
#define HEAD "@relation r\n@attribute a numeric\n@attribute b {x,'y z'}\n@data\n"
    static const char *const cases[][2] = {
        {"@relation r\n", "t:2:1: @data is expected, found the end of the file"},
        {"@relation r\n@data\n1\n",
         "t:2:6: an @attribute before @data is expected, found the end of the line"},
        {"@relation r\nattribute a real\n",
         "t:2:1: @relation, @attribute or @data is expected, found 'a'"},
        {"@relation 'r\n",
         "t:1:11: a closing quote is expected for this one, found the end of the line"},
        {"@relation r\n@attribute\n",
         "t:2:11: the name of an attribute is expected, found the end of the line"},
        {"@relation r\n@attribute a\n",
         "t:2:13: numeric, string, date or {values} is expected, found the end of the line"},
        {"@relation r\n@attribute a relational\n",
         "t:2:14: numeric, string, date or {values} is expected, found 'r'"},
        {"@relation r\n@attribute a {x,y\n",
         "t:2:18: a value or '}' is expected, found the end of the line"},
        {"@relation r\n@attribute a {x,,y}\n", "t:2:17: a value or '}' is expected, found ','"},
        {"@relation r\n@attribute a {x,y,'x'}\n",
         "t:2:19: another value is expected, found \"x\" again"},
        {"@relation r\n@attribute a {x} y\n", "t:2:18: the end of the line is expected, found 'y'"},
        {"@relation r\n@attribute a {'x'y}\n",
         "t:2:18: a blank or a comma after a closing quote is expected, found 'y'"},
        {"@relation r\n@attribute a real\n@attribute 'a' real\n",
         "t:3:12: a name for column 2 that no other column has is expected, found \"a\", the name "
         "of column 1"},
        {"@relation 'r: -C 3'\n@attribute a real\n@data\n1\n",
         "t:1:11: -C -1 to 1 is expected for 1 attributes, found -C 3"},
        {"@relation r\n@attribute a real\n@data x\n",
         "t:3:7: the end of the line is expected, found 'x'"},
        {HEAD "1\n", "t:5:2: 2 values are expected, as there are 2 attributes, found 1"},
        {HEAD "1,\n", "t:5:3: 2 values are expected, as there are 2 attributes, found 1"},
        {HEAD "1,x,2\n", "t:5:4: the end of the line after the last value is expected, found ','"},
        {HEAD "1,,x\n", "t:5:3: a value is expected, found ','"},
        {HEAD "1,x\none,x\n", "t:6:1: a number is expected in column \"a\", found \"one\""},
        {HEAD "0x10,x\n", "t:5:1: a number is expected in column \"a\", found \"0x10\""},
        {HEAD "1,z\n", "t:5:3: one of 2 values is expected in column \"b\", found \"z\""},
        {HEAD "1,'y z\n",
         "t:5:3: a closing quote is expected for this one, found the end of the line"},
        {HEAD "1,\xe4\n", "t:5:3: text in UTF-8 is expected, found byte 0xe4 "
                          "(iconv -f LATIN1 -t UTF-8 may convert it)"},
        {HEAD "{0 1\n", "t:5:5: an index or '}' is expected, found the end of the line"},
        {HEAD "{0}\n", "t:5:3: a value is expected, found '}'"},
        {HEAD "{1 x,0 2}\n", "t:5:6: '}' after the last index is expected, found '0'"},
        {HEAD "{0 1,0 2}\n", "t:5:6: an index from 1 to 1 is expected, found \"0\""},
        {HEAD "{2 1}\n", "t:5:2: an index from 0 to 1 is expected, found \"2\""},
        {HEAD "{99999999999999999999 1}\n",
         "t:5:2: an index from 0 to 1 is expected, found \"99999999999999999999\""},
        {HEAD "{-1 1}\n", "t:5:2: an index from 0 to 1 is expected, found \"-1\""},
        {HEAD "{a 1}\n", "t:5:2: an index from 0 to 1 is expected, found \"a\""},
        {HEAD "{0 z}\n", "t:5:4: a number is expected in column \"a\", found \"z\""},
        {HEAD "{} {5}\n", "t:5:4: the end of the line after '}' is expected, found '{'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_null(read_string(cases[i][0]));
        assert_string_equal(gd_message(), cases[i][1]);
    }
    static const char zero[] = "@relation r\n@attribute a real\n@data\n1\0\n";
    assert_null(read_table(zero, sizeof zero - 1));
    assert_string_equal(gd_message(), "t:4:2: text in UTF-8 is expected, found byte 0x00");
}

static void test_told(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\xEF\xBB\xBF@relation r\n@attribute a real\n@data\n1\n",
        "%\r\n\r\n %@data\r\n  @ATTRIBUTE a real\r\n@relation r\r\n@data\r\n1\r\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        gd_table *t = read_string(texts[i]);
        assert_table(t, "a\n1\n");
        gd_table_destroy(t);
    }
    gd_table *t = read_string("@relations\n1\n"); /* a CSV file */
    assert_table(t, "@relations\n1\n");
    gd_table_destroy(t);
}

static void test_broken(void **state)
{
    (void)state;
    const char text[] = "@relation 'r: -C 1'\n@attribute a numeric\n@attribute 'b' {x,\"y \\'\"}\n"
                        "@attribute c string\n@data\n1.5,x,'s\\n'\n{1 \"y '\"}\n?,?,?\n";
    read_broken(text, strlen(text));
    read_without_memory(text, strlen(text));
}

#define TEST(name) cmocka_unit_test(name)

int arff_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_dense),     TEST(test_as_scipy), TEST(test_sparse),
        TEST(test_amounts),   TEST(test_targets),  TEST(test_missing),
        TEST(test_malformed), TEST(test_told),     TEST(test_broken)};
    return cmocka_run_group_tests_name("arff", tests, enter_folder, leave_folder);
}
