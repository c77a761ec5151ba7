/* Lines of words with labels, as fastText's tutorial on text classification describes them. */
#include "../cmocka_all.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

static gd_table *read_string(const char *text)
{
    write_file("t", text, strlen(text));
    return gd_table_read("t", &(gd_table_options){.format = "fasttext"});
}

static void test_one_label(void **state)
{
    (void)state;
    gd_table *t = read_string("__label__baking  how do I\tbake , a \"cake\" ?\r\n\n"
                              "  why 12 __label__food-safety 3 \n__label__baking NA");
    assert_table(t,
                 "text,label\n\"how do I bake , a \"\"cake\"\" ?\",baking\nwhy 12 3,food-safety\n"
                 "\"NA\",baking\n");
    assert_int_equal(gd_table_kind(t, 0), GD_COLUMN_WORDS);
    assert_int_equal(gd_table_kind(t, 1), GD_COLUMN_TEXTS);
    assert_targets(t, "label ");
    assert_true(gd_table_is_sparse(t));
    assert_int_equal(gd_table_line(t, 1), 3);
    assert_null(gd_table_numbers(t, 1, 1, GD_F32));
    assert_string_equal(gd_message(),
                        "t:1:10: a number is expected in column \"label\", found \"baking\"");
    gd_table_destroy(t);
    t = read_string("__label__2 12\n__label__10 13\n"); /* numbers are words, and may be labels */
    assert_table(t, "text,label\n12,2\n13,10\n");
    assert_int_equal(gd_table_kind(t, 0), GD_COLUMN_WORDS);
    assert_int_equal(gd_table_kind(t, 1), GD_COLUMN_NUMBERS);
    assert_string_equal(gd_table_level(t, 1, 0), "2");
    gd_table_destroy(t);
}

static void test_many_labels(void **state)
{
    (void)state;
    gd_table *t = read_string("__label__b __label__a x y\nz\n__label__c\n__label__label w\n");
    assert_table(t, "text,a,b,c,label\nx y,1,1,0,0\nz,0,0,0,0\n,0,0,1,0\nw,0,0,0,1\n");
    assert_targets(t, "a b c label ");
    assert_int_equal(gd_table_missing(t, 0), 1);
    gd_table_destroy(t);
    t = read_string("only\nwords\n");
    assert_table(t, "text\nonly\nwords\n");
    gd_table_destroy(t);
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"\n \n", "t:3:1: a line of words is expected, found the end of the file"},
        {"x __label__ y\n", "t:1:12: a label after __label__ is expected, found byte 0x20"},
        {"__label__\n", "t:1:10: a label after __label__ is expected, found the end of the line"},
        {"__label__a x\n__label__b \xff\n",
         "t:2:12: text in UTF-8 is expected, found byte 0xff (iconv -f LATIN1 -t UTF-8 may convert "
         "it)"},
        {"__label__\xff\n",
         "t:1:10: text in UTF-8 is expected, found byte 0xff (iconv -f LATIN1 -t UTF-8 may convert "
         "it)"},
        {"__label__a __label__text x\n", "t: a name for column 3 that no other column has is "
                                         "expected, found \"text\", the name of column 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_null(read_string(cases[i][0]));
        assert_string_equal(gd_message(), cases[i][1]);
    }
}

static void test_told(void **state)
{
    (void)state;
    gd_table *t = read_table("\n __label__a b,c\n", 17);
    assert_table(t, "text,label\n\"b,c\",a\n");
    gd_table_destroy(t);
    t = read_table("label__a b\n1\n", 13);
    assert_table(t, "label__a b\n1\n");
    gd_table_destroy(t);
}

static void test_broken(void **state)
{
    (void)state;
    const char one[] = "__label__a 12 y\n__label__b z\n",
               many[] = "__label__a __label__b x\nz\xc3\xa4 __label__c 7\n";
    read_broken(one, strlen(one));
    read_broken(many, strlen(many));
    read_without_memory(one, strlen(one));
    read_without_memory(many, strlen(many));
}

#define TEST(name) cmocka_unit_test(name)

int fasttext_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_one_label), TEST(test_many_labels),
                                       TEST(test_malformed), TEST(test_told), TEST(test_broken)};
    return cmocka_run_group_tests_name("fasttext", tests, enter_folder, leave_folder);
}
