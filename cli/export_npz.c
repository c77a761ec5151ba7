/* A model as NumPy's .npz: arrays in a zip archive. */
#include "cli/export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* ---- arrays ---- */

/* The archive keeps pointers to its members' bytes until it is closed. */
enum { MOST_MEMBERS = 2 * (CLI_MOST_HIDDEN + 1) + 6 };

typedef struct archive {
    zip_t *zip;
    cli_bytes members[MOST_MEMBERS]; /* of .npy files */
    int count;
} archive;

/* The next member, of which the header is written. shape: as Python writes it. */
static cli_bytes *begin(archive *a, const char *dtype, const char *shape)
{
    cli_bytes *bytes = &a->members[a->count++];
    char header[128 - 10 + 1];
    int n = snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", dtype, shape);
    cli_bytes_print(bytes, "\x93NUMPY\x01%c\x76%c%s%*s\n", 0, 0, header, 128 - 10 - 1 - n, "");
    return bytes;
}

/* Adds the last member to the archive; false: no memory. */
static bool end(const archive *a, const char *name)
{
    char member[160];
    const cli_bytes *bytes = &a->members[a->count - 1];
    snprintf(member, sizeof member, "%.150s.npy", name);
    zip_source_t *source =
        bytes->failed ? NULL : zip_source_buffer(a->zip, bytes->data, bytes->size, 0);
    zip_int64_t index =
        source != NULL ? zip_file_add(a->zip, member, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0)
        zip_source_free(source);
    /* The same model gives the same bytes, whenever. */
    return index >= 0 &&
           zip_set_file_compression(a->zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(a->zip, (zip_uint64_t)index, 0, (1 << 5) | 1, 0) == 0;
}

static bool add_tensor(archive *a, const char *name, const gd_tensor *x)
{
    char shape[64];
    if (x->ndim == 1)
        snprintf(shape, sizeof shape, "(%" PRId64 ",)", x->shape[0]);
    else
        snprintf(shape, sizeof shape, "(%" PRId64 ", %" PRId64 ")", x->shape[0], x->shape[1]);
    cli_bytes *bytes = begin(a, x->dtype == GD_F32 ? "<f4" : "<f8", shape);
    cli_bytes_add(bytes, x->data, (size_t)gd_tensor_numel(x) * (x->dtype == GD_F32 ? 4 : 8));
    return end(a, name);
}

/* ---- texts, four bytes a character ---- */

/* The character at *text, which is UTF-8; *text moves behind it. */
static uint32_t next_character(const char **text)
{
    unsigned char first = (unsigned char)*(*text)++;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t c = more > 0 ? first & (0x3fu >> more) : first;
    while (more-- > 0)
        c = c << 6 | ((unsigned char)*(*text)++ & 0x3fu);
    return c;
}

static int64_t count_characters(const char *text)
{
    int64_t n = 0;
    while (*text != '\0') {
        next_character(&text);
        ++n;
    }
    return n;
}

static void put_text(cli_bytes *to, const char *text, int64_t width)
{
    for (int64_t i = 0; i < width; ++i) {
        uint32_t c = *text != '\0' ? next_character(&text) : 0;
        const unsigned char bytes[] = {c & 255, c >> 8 & 255, c >> 16 & 255,
                                       (unsigned char)(c >> 24)};
        cli_bytes_add(to, bytes, sizeof bytes);
    }
}

/* A list of texts, or one text as an array without dimensions. */
static bool add_texts(archive *a, const char *name, const gd__json *texts)
{
    char dtype[32], shape[32] = "()";
    bool list = gd__json_is(texts, GD__JSON_ARRAY);
    size_t count = list ? gd__json_size(texts) : 1;
    int64_t width = 1;
    for (size_t i = 0; i < count; ++i) {
        int64_t n = count_characters(gd__json_string_of(list ? gd__json_at(texts, i) : texts));
        width = n > width ? n : width;
    }
    snprintf(dtype, sizeof dtype, "<U%" PRId64, width);
    if (list)
        snprintf(shape, sizeof shape, "(%zu,)", count);
    cli_bytes *bytes = begin(a, dtype, shape);
    for (size_t i = 0; i < count; ++i)
        put_text(bytes, gd__json_string_of(list ? gd__json_at(texts, i) : texts), width);
    return end(a, name);
}

/* ---- the archive ---- */

static bool add_weights(archive *a, const cli_export *e)
{
    const gd_parameters *parameters = e->model.network.parameters;
    bool ok = true;
    for (int i = 0; ok && i < gd_parameters_count(parameters); ++i)
        ok = add_tensor(a, gd_parameters_name(parameters, i), gd_parameters_at(parameters, i));
    return ok;
}

/* What a feature's value is before it goes into the network: (x - mean) / deviation; 0 and 1 stay. */
static bool add_moments(archive *a, const cli_export *e)
{
    gd_tensor *mean = gd_tensor_create(GD_F64, GD_DIMS(e->schema.width));
    gd_tensor *deviation = gd_tensor_create(GD_F64, GD_DIMS(e->schema.width));
    bool ok = mean != NULL && deviation != NULL;
    if (ok)
        gd_tensor_fill(deviation, 1);
    for (int j = 0; ok && j < e->schema.count; ++j)
        if (e->schema.columns[j].kind == CLI_COLUMN_NUMBER) {
            int64_t i = e->schema.columns[j].first;
            ((double *)mean->data)[i] = e->schema.columns[j].mean;
            ((double *)deviation->data)[i] = e->schema.columns[j].deviation;
        }
    ok = ok && add_tensor(a, "mean", mean) && add_tensor(a, "deviation", deviation);
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
    return ok;
}

static bool add_description(archive *a, const cli_export *e)
{
    const cli_target *target = &e->model.target;
    gd__json *json = cli_export_description(e);
    char *text = gd__json_text(json, false);
    gd__json *dump = text != NULL ? gd__json_string(text) : NULL;
    gd_tensor *thresholds =
        gd_tensor_create_borrowed(GD_F64, e->model.thresholds, GD_DIMS(cli_target_width(target)));
    bool ok =
        gd__json_check(json) == GD_OK && gd__json_check(dump) == GD_OK && thresholds != NULL &&
        add_texts(a, "features", gd__json_get(json, "features")) &&
        add_texts(a, "outputs", target->classes != NULL ? target->classes : target->columns) &&
        add_tensor(a, "thresholds", thresholds) && add_texts(a, "description", dump);
    gd_tensor_destroy(thresholds);
    gd__json_destroy(dump);
    gd__json_text_destroy(text);
    gd__json_destroy(json);
    return ok;
}

/* The archive's bytes into the file; false: it was not written. */
static bool copy_bytes(zip_source_t *bytes, FILE *file)
{
    char block[4096];
    zip_int64_t n = -1;
    if (zip_source_open(bytes) != 0)
        return false;
    while ((n = zip_source_read(bytes, block, sizeof block)) > 0)
        fwrite(block, 1, (size_t)n, file);
    zip_source_close(bytes);
    return n == 0;
}

static int write_archive(archive *a, zip_source_t *bytes, const cli_export *e)
{
    cli_output output;
    a->zip = zip_open_from_source(bytes, ZIP_TRUNCATE, NULL);
    if (a->zip == NULL)
        return cli_error(CLI_RUNTIME, "no memory for an archive");
    zip_source_keep(bytes);
    if (!add_weights(a, e) || !add_moments(a, e) || !add_description(a, e) ||
        zip_close(a->zip) != 0) {
        int code = cli_error(CLI_RUNTIME, "no memory for an archive (%s)", zip_strerror(a->zip));
        zip_discard(a->zip);
        return code;
    }
    if (!cli_output_open(&output, e->options->output))
        return CLI_RUNTIME;
    if (copy_bytes(bytes, output.file))
        return cli_output_finish(&output);
    cli_output_discard(&output);
    return cli_error(CLI_RUNTIME, "no memory for an archive");
}

int cli_export_npz(const cli_export *e)
{
    archive a = {.zip = NULL};
    zip_source_t *bytes = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (bytes == NULL)
        return cli_error(CLI_RUNTIME, "no memory for an archive");
    int code = write_archive(&a, bytes, e);
    zip_source_free(bytes);
    for (int i = 0; i < a.count; ++i)
        free(a.members[i].data);
    return code;
}
