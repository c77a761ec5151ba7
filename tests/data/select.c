/* Lists of columns. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <string.h>

static gd_table *table;

static int enter(void **state)
{
    if (enter_folder(state) != 0)
        return 1;
    const gd_table_options names = {.header = GD_HEADER_YES};
    table = read_text(
        "sepal length,species,3,label a,label b,\"x,y\",\"say \"\"hi\"\"\",a*\n1,2,3,4,5,6,7,8\n",
        &names);
    return table == NULL;
}

static int leave(void **state)
{
    gd_table_destroy(table);
    return leave_folder(state);
}

static void test_lists(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"species", "01000000"},
        {"sepal length,species", "11000000"},
        {" species , a* ", "01000001"},
        {"1", "10000000"},
        {"3", "00100000"}, /* the name; the same column */
        {"4-6", "00011100"},
        {"7-", "00000011"},
        {"2-2", "01000000"},
        {"label*", "00011000"},
        {"*l*", "10011000"},
        {"label ?", "00011000"},
        {"label [ac]", "00010000"},
        {"\"x,y\"", "00000100"},
        {"\"say \"\"hi\"\"\",1", "10000010"},
        {"say \"hi\"", "00000010"},
        {"*", "11111111"},
        {"8,8,1-8", "11111111"},
        {" \"species\" ,2", "01000000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        bool chosen[8] = {false};
        if (gd_table_select(table, cases[i][0], chosen) != GD_OK)
            fail_msg("%s: %s", cases[i][0], gd_message());
        for (int j = 0; j < 8; ++j)
            if (chosen[j] != (cases[i][1][j] == '1'))
                fail_msg("%s: column %d", cases[i][0], j + 1);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char expected[] =
        "t.csv: a name or number of one of its 8 columns is expected, found ";
    const char *const cases[][2] = {
        {"speceis", "\"speceis\"; is \"species\" meant?"},
        {"species,Species", "\"Species\"; is \"species\" meant?"},
        {"something else", "\"something else\""},
        {"target*", "\"target*\""},
        {"\"label*\"", "\"label*\"; is \"label a\" meant?"},
        {"\"2\"", "\"2\"; is \"3\" meant?"},
        {"", "\"\""},
        {"1,", "\"\""},
        {",1", "\"\""},
        {"1--3", "\"1--3\""},
        {"-3", "\"-3\"; is \"3\" meant?"},
        {"1-3x", "\"1-3x\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        bool chosen[8] = {[7] = true};
        assert_int_equal(gd_table_select(table, cases[i][0], chosen), GD_ERROR_ARGUMENT);
        assert_int_equal(strncmp(gd_message(), expected, strlen(expected)), 0);
        assert_string_equal(gd_message() + strlen(expected), cases[i][1]);
        assert_true(!chosen[0] && !chosen[1] && chosen[7]); /* nothing is chosen */
    }
    const char *const numbers[] = {"0", "9", "1-9", "5-4", "0-3", "9-", "99999999999999999999"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) {
        bool chosen[8] = {false};
        assert_int_equal(gd_table_select(table, numbers[i], chosen), GD_ERROR_ARGUMENT);
        assert_non_null(strstr(gd_message(), "t.csv: columns among 1 to 8 are expected, found"));
    }
    bool chosen[8];
    assert_int_equal(gd_table_select(table, "\"x", chosen), GD_ERROR_ARGUMENT);
    assert_string_equal(
        gd_message(),
        "t.csv: quotes around a name are expected to be followed by a comma, found \"x");
    assert_int_equal(gd_table_select(table, "\"3\"4", chosen), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_table_select(NULL, "1", chosen), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_table_select(table, NULL, chosen), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_table_select(table, "1", NULL), GD_ERROR_ARGUMENT);
}

#define TEST(name) cmocka_unit_test(name)

static const char *text_at(const void *names, int index)
{
    return ((const char *const *)names)[index];
}

static void test_nearest_name(void **state)
{
    (void)state;
    const char *const names[] = {"epochs", "batch", "valid", "valid-frac", "lr", NULL};
    assert_string_equal(gd_nearest_name("epohcs", text_at, names),
                        "epochs"); /* a swap is one edit */
    assert_string_equal(gd_nearest_name("bathc", text_at, names), "batch");
    assert_string_equal(gd_nearest_name("rl", text_at, names), "lr");
    assert_string_equal(gd_nearest_name("lt", text_at, names), "lr");
    assert_string_equal(gd_nearest_name("valid-fraction", text_at, names), "valid-frac");
    assert_string_equal(gd_nearest_name("vald", text_at, names), "valid");
    assert_null(gd_nearest_name("xyzzy", text_at, names));
    assert_null(gd_nearest_name("", text_at, names));
    assert_null(gd_nearest_name("xyz", text_at, (const char *const[]){"xab", NULL}));
    assert_null(gd_nearest_name("lr", text_at, names + 5));
    assert_null(gd_nearest_name(NULL, text_at, names));
    char longest[200];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_null(gd_nearest_name(longest, text_at, names));
}

int select_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_lists), TEST(test_refused),
                                       TEST(test_nearest_name)};
    return cmocka_run_group_tests_name("select", tests, enter, leave);
}
