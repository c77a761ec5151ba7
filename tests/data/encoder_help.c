#include "encoder_help.h"

#include "../cmocka_all.h"
#include "tests.h"

#include <string.h>

gd_table *must_read(const char *text)
{
    gd_table *table = read_text(text, NULL);
    if (table == NULL)
        fail_msg("%s", gd_message());
    return table;
}

const bool all_columns[MOST_COLUMNS] = {true, true, true, true, true, true, true, true,
                                        true, true, true, true, true, true, true, true};

gd_encoder *fit(const char *text, const gd_encoder_options *options)
{
    gd_table *table = must_read(text);
    gd_encoder *encoder = gd_encoder_fit(table, all_columns, NULL, options);
    gd_table_destroy(table);
    if (encoder == NULL)
        fail_msg("%s", gd_message());
    return encoder;
}

void assert_features(const gd_encoder *encoder, const char *expected)
{
    char text[512] = "";
    for (int64_t i = 0; i < gd_encoder_width(encoder); ++i) {
        strcat(text, i > 0 ? "|" : "");
        strcat(text, gd_encoder_feature(encoder, i));
    }
    assert_string_equal(text, expected);
    assert_null(gd_encoder_feature(encoder, gd_encoder_width(encoder)));
    assert_null(gd_encoder_feature(encoder, -1));
}

void assert_notes(const gd_encoder *encoder, int64_t count, const char *const *expected)
{
    for (int64_t i = 0; i < count; ++i) {
        assert_non_null(gd_encoder_note(encoder, i));
        assert_string_equal(gd_encoder_note(encoder, i), expected[i]);
    }
    assert_null(gd_encoder_note(encoder, count));
}

void assert_applied(const gd_encoder *encoder, const char *text, int64_t rows,
                    const float *expected, int64_t expected_unknown)
{
    gd_table *table = must_read(text);
    int64_t unknown = -1;
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, &unknown);
    if (x == NULL)
        fail_msg("%s", gd_message());
    assert_int_equal(x->dtype, GD_F32);
    assert_int_equal(x->shape[0], rows);
    assert_int_equal(x->shape[1], gd_encoder_width(encoder));
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (((float *)x->data)[i] != expected[i])
            fail_msg("%s: element %d is %g, not %g", text, (int)i, ((double *)x->data)[i],
                     (double)expected[i]);
    assert_int_equal(unknown, expected_unknown);
    gd_tensor_destroy(x);
    gd_table_destroy(table);
}

void assert_not_applied(const gd_encoder *encoder, const char *text, const char *message)
{
    gd_table *table = must_read(text);
    assert_null(gd_encoder_apply(encoder, table, NULL, NULL));
    assert_string_equal(gd_message(), message);
    gd_table_destroy(table);
}

gd_tensor *training_rows(int64_t all_rows)
{
    gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(all_rows - (all_rows + 3) / 4));
    for (int64_t i = 0, at = 0; i < all_rows; ++i)
        if (i % 4 != 0)
            ((int64_t *)rows->data)[at++] = i;
    return rows;
}
