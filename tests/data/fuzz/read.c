/* A fuzz target for the readers of tables. The last byte selects the format and the options, the
 * others are the file. The table is looked at, written in every format, and encoded. Nothing may
 * crash, leak or take long. CONTRIBUTING.md says how to build and run it. */
#include <gradus/data.h>

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MOST_COLUMNS = 100, MOST_ROWS = 1000 }; /* of a table that is written and encoded */

static void look(const gd_table *t)
{
    char buffer[GD_NUMBER_TEXT];
    for (int column = 0; column < gd_table_columns(t) && column < MOST_COLUMNS; ++column) {
        for (int64_t row = 0; row < gd_table_rows(t) && row < MOST_ROWS; ++row) {
            if (gd_table_text(t, row, column, buffer) == NULL ||
                gd_table_code(t, row, column) >= gd_table_rows(t) + 65536)
                abort();
            gd_table_number(t, row, column);
            gd_table_place(t, row, buffer);
        }
        gd_table_first_text(t, column);
        gd_tensor_destroy(gd_table_classes(t, column));
        gd_tensor_destroy(gd_table_numbers(t, column, 1, GD_F32));
    }
}

static void write_all(const gd_table *t)
{
    static const char *const formats[] = {"csv", "tsv", "arff", "libsvm", "fasttext", "npy"};
    FILE *file = fopen("/dev/null", "w");
    for (size_t i = 0; i < sizeof formats / sizeof *formats; ++i)
        gd_table_write(t, file, formats[i], NULL, '\0');
    fclose(file);
}

static void encode(const gd_table *t)
{
    bool features[MOST_COLUMNS];
    for (int i = 0; i < MOST_COLUMNS; ++i)
        features[i] = true;
    gd_encoder *encoder = gd_encoder_fit(t, features, NULL, NULL);
    if (encoder == NULL)
        return;
    gd_tensor_destroy(gd_encoder_apply(encoder, t, NULL, NULL));
    char *json = gd_encoder_json(encoder);
    gd_encoder *again = gd_encoder_from_json(json);
    if (again == NULL)
        abort();
    gd_encoder_json_destroy(json);
    gd_encoder_destroy(again);
    gd_encoder_destroy(encoder);
}

static void take_half(const gd_table *t)
{
    gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(gd_table_rows(t) / 2));
    for (int64_t i = 0; i < rows->shape[0]; ++i)
        ((int64_t *)rows->data)[i] = gd_table_rows(t) - 1 - i;
    gd_table_destroy(gd_table_take_rows(t, rows));
    gd_tensor_destroy(rows);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const formats[] = {NULL,       "csv", "tsv", "arff", "libsvm",
                                          "fasttext", "idx", "npy", "npz"};
    if (size == 0)
        return 0;
    char path[64];
    snprintf(path, sizeof path, "/tmp/gradus_fuzz_%d", (int)getpid());
    unsigned selected = bytes[size - 1];
    write_file(path, bytes, size - 1);
    gd_table_options options = {.format = formats[(selected & 15) % 9]};
    if ((selected & 16) != 0)
        options.verbatim = "1,3-";
    if ((selected & 32) != 0)
        options.decimal = ',';
    if ((selected & 64) != 0)
        options.likely_delimiter = ';';
    if ((selected & 128) != 0)
        options.missing = "x,0";
    gd_table *t = gd_table_read(path, &options);
    remove(path);
    if (t == NULL)
        return 0;
    look(t);
    if (gd_table_columns(t) <= MOST_COLUMNS && gd_table_rows(t) <= MOST_ROWS) {
        write_all(t);
        encode(t);
        take_half(t);
    }
    gd_table_destroy(t);
    return 0;
}
