/* What the tests of all formats do with tables. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t read_whole_file(const char *path, char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s: cannot be opened", path);
    size_t size = fread(bytes, 1, room, file);
    assert_true(size < room);
    fclose(file);
    return size;
}

gd_table *read_table(const void *bytes, size_t size)
{
    write_file("t", bytes, size);
    return gd_table_read("t", NULL);
}

static void assert_same_cell(const gd_table *table, const gd_table *expected, int64_t row,
                             int column)
{
    char a[32], b[32];
    bool texts = gd_table_kind(expected, column) != GD_COLUMN_NUMBERS;
    double number = gd_table_number(table, row, column),
           right = gd_table_number(expected, row, column);
    const char *text = gd_table_text(table, row, column, a),
               *right_text = gd_table_text(expected, row, column, b);
    if (memcmp(&number, &right, sizeof right) != 0 ||
        (texts ? strcmp(text, right_text) != 0 : (text[0] == '\0') != (right_text[0] == '\0')))
        fail_msg("row %d, column %s: %s (%g), but %s (%g)", (int)row, gd_table_name(table, column),
                 text, number, right_text, right);
}

void assert_same_cells(const gd_table *table, const gd_table *expected)
{
    if (table == NULL || expected == NULL)
        fail_msg("%s", gd_message());
    assert_int_equal(gd_table_columns(table), gd_table_columns(expected));
    assert_int_equal(gd_table_rows(table), gd_table_rows(expected));
    for (int i = 0; i < gd_table_columns(expected); ++i) {
        assert_int_equal(gd_table_kind(table, i), gd_table_kind(expected, i));
        assert_int_equal(gd_table_missing(table, i), gd_table_missing(expected, i));
        for (int64_t row = 0; row < gd_table_rows(expected); ++row)
            assert_same_cell(table, expected, row, i);
    }
}

void assert_same_table(const gd_table *table, const gd_table *expected)
{
    assert_same_cells(table, expected);
    for (int i = 0; i < gd_table_columns(expected); ++i)
        assert_string_equal(gd_table_name(table, i), gd_table_name(expected, i));
}

void assert_fixture(const char *name, const char *csv)
{
    char path[512];
    snprintf(path, sizeof path, "%s/fixtures/formats/%s", GD_TESTS_DIR, name);
    gd_table *table = gd_table_read(path, NULL);
    snprintf(path, sizeof path, "%s/fixtures/formats/%s", GD_TESTS_DIR, csv);
    gd_table *expected = gd_table_read(path, &(gd_table_options){.header = GD_HEADER_YES});
    assert_same_table(table, expected);
    gd_table_destroy(table);
    gd_table_destroy(expected);
}

void assert_table(const gd_table *table, const char *csv)
{
    char *text;
    size_t size;
    if (table == NULL)
        fail_msg("%s", gd_message());
    FILE *file = open_memstream(&text, &size);
    for (int i = 0; !gd_table_has_header(table) && i < gd_table_columns(table); ++i)
        fprintf(file, "%s%c", gd_table_name(table, i),
                i + 1 < gd_table_columns(table) ? ',' : '\n');
    assert_int_equal(gd_table_write(table, file, "csv", NULL, ','), GD_OK);
    fclose(file);
    assert_string_equal(text, csv);
    free(text);
}

void assert_targets(const gd_table *table, const char *names)
{
    char found[256] = "";
    bool chosen[64] = {false};
    assert_true(gd_table_columns(table) <= 64);
    gd_table_default_targets(table, chosen);
    for (int i = 0; i < gd_table_columns(table); ++i)
        if (chosen[i])
            strcat(strcat(found, gd_table_name(table, i)), " ");
    assert_string_equal(found, names);
}

void read_broken(const void *bytes, size_t size)
{
    static const unsigned char changes[] = {0x01, 0x08, 0x20, 0x80, 0xff};
    unsigned char *copy = malloc(size + 1);
    fail_allocation(-1); /* none, but they are counted */
    for (size_t cut = 0; cut <= size; ++cut) {
        gd_table *table = read_table(bytes, cut);
        assert_true(cut < size || table != NULL);
        gd_table_destroy(table);
        assert_int_equal(allocations_live(), 0);
    }
    for (size_t i = 0; i < sizeof changes * size; ++i) {
        memcpy(copy, bytes, size);
        copy[i / sizeof changes] ^= changes[i % sizeof changes];
        gd_table *table = read_table(copy, size);
        assert_true(table != NULL || gd_message()[0] == 't');
        gd_table_destroy(table);
        assert_int_equal(allocations_live(), 0);
    }
    free(copy);
    gd_set_allocator(NULL, NULL);
}

void read_without_memory(const void *bytes, size_t size)
{
    write_file("t", bytes, size);
    bool whole = false;
    for (long k = 1; !whole && k < 1000; ++k) {
        fail_allocation(k);
        gd_table *table = gd_table_read("t", NULL);
        whole = !allocation_failed();
        assert_true((table != NULL) == whole);
        gd_table_destroy(table);
        assert_int_equal(allocations_live(), 0);
    }
    assert_true(whole);
    gd_set_allocator(NULL, NULL);
}
