/* Reading .npz files: zip archives of .npy files, with features X and possibly targets y. libzip
 * reads the archive; the sizes that it states are checked first. */
#include "data/formats/formats.h"
#include "data/table/array_columns.h"
#include "tensor/npy.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

enum { MOST_OF_A_BYTE = 1032 /* bytes, to which deflate can expand one */ };

typedef struct archive {
    const gd_table *table;
    gd__file_reader file;
    zip_t *zip;
} archive;

/* A member that is being read. */
typedef struct member {
    const archive *archive;
    zip_file_t *file;
    char name[128]; /* "t.npz, X.npy", for messages */
} member;

static bool is_memory(zip_error_t *error)
{
    int code = zip_error_code_zip(error), detail = zip_error_code_system(error);
    return code == ZIP_ER_MEMORY || detail == ENOMEM ||
           (code == ZIP_ER_ZLIB && detail == Z_MEM_ERROR);
}

static bool fail_zip(const archive *a, zip_error_t *error)
{
    if (is_memory(error))
        return gd__table_fail_memory(a->table);
    return gd__table_fail(a->table, (gd__place){0}, "a valid zip archive is expected, found: %s",
                          zip_error_strerror(error));
}

/* NULL: *error has the reason. */
static zip_t *open_zip(const archive *a, gd__source *source, zip_error_t *error)
{
    if (a->file.next == NULL) {
        int code = 0, fd = dup(a->file.fd); /* the archive owns it */
        zip_t *zip = fd >= 0 ? zip_fdopen(fd, 0, &code) : NULL;
        if (zip == NULL && fd >= 0)
            close(fd);
        zip_error_init_with_code(error, code);
        return zip;
    }
    zip_error_init(error);
    zip_source_t *bytes = zip_source_buffer_create(source->text, source->end, 0, error);
    zip_t *zip = bytes != NULL ? zip_open_from_source(bytes, ZIP_RDONLY, error) : NULL;
    if (zip == NULL)
        zip_source_free(bytes);
    return zip;
}

/* Without memory, libzip may call a valid archive truncated or none at all. A second attempt
 * tells. */
static bool open_archive(archive *a, gd__source *source)
{
    zip_error_t error;
    if (!gd__source_whole(source, &a->file))
        return false;
    a->zip = open_zip(a, source, &error);
    if (a->zip == NULL && !is_memory(&error)) {
        zip_error_fini(&error);
        a->zip = open_zip(a, source, &error);
    }
    if (a->zip == NULL)
        fail_zip(a, &error);
    zip_error_fini(&error);
    return a->zip != NULL;
}

/* ---- members ---- */

/* Writes the message of a failed zip_fread, which returned n. Returns false. */
static bool fail_member(const member *m, zip_int64_t n, const char *found)
{
    zip_error_t *error = zip_file_get_error(m->file);
    if (n < 0 && is_memory(error))
        return gd__fail_false(GD_ERROR_MEMORY, "%s: no memory", m->name);
    return gd__fail_false(GD_ERROR_FORMAT, "%s: valid compressed data is expected, found: %s",
                          m->name, n < 0 ? zip_error_strerror(error) : found);
}

static bool read_member(void *context, void *to, size_t size)
{
    const member *m = context;
    for (char *at = to; size > 0;) {
        zip_int64_t n = zip_fread(m->file, at, size);
        if (n <= 0)
            return fail_member(m, n, "fewer bytes");
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* Checks that the member ends here. libzip then compares its checksum. */
static bool is_whole(const member *m)
{
    char more;
    zip_int64_t n = zip_fread(m->file, &more, 1);
    return n == 0 || fail_member(m, n, "more bytes");
}

/* Checks that a member can have as many bytes as it states. */
static bool is_possible(const archive *a, const member *m, const zip_stat_t *stat)
{
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    zip_uint64_t archive_size = (zip_uint64_t)a->file.size;
    bool stored = stat->comp_method == ZIP_CM_STORE;
    if ((stat->valid & needed) == needed && (stored || stat->comp_method == ZIP_CM_DEFLATE) &&
        stat->comp_size <= archive_size &&
        stat->size / (stored ? 1 : MOST_OF_A_BYTE) <= stat->comp_size)
        return gd__source_may_expand(m->name, (int64_t)stat->size, (int64_t)stat->comp_size);
    return gd__fail_false(GD_ERROR_FORMAT,
                          "%s: a member stored or deflated in the archive's %" PRId64
                          " bytes is expected, found %" PRIu64 " bytes of %" PRIu64 " by method %d",
                          m->name, a->file.size, stat->comp_size, stat->size,
                          (int)stat->comp_method);
}

static gd_tensor *read_array(const archive *a, zip_uint64_t index, bool *text)
{
    member m = {.archive = a};
    zip_stat_t stat;
    gd__file_reader reader = {.path = m.name, .fd = -1, .next = read_member, .context = &m};
    snprintf(m.name, sizeof m.name, "%.60s, %.60s", gd_table_path(a->table),
             zip_get_name(a->zip, index, ZIP_FL_ENC_GUESS));
    bool known = zip_stat_index(a->zip, index, 0, &stat) == 0;
    if (known && !is_possible(a, &m, &stat))
        return NULL;
    m.file = known ? zip_fopen_index(a->zip, index, 0) : NULL;
    if (m.file == NULL) {
        fail_zip(a, zip_get_error(a->zip));
        return NULL;
    }
    reader.size = (int64_t)stat.size;
    gd_tensor *x = gd__npy_read(&reader, text);
    if (x != NULL && !is_whole(&m)) {
        gd_tensor_destroy(x);
        x = NULL;
    }
    zip_fclose(m.file);
    return x;
}

/* ---- tables ---- */

/* The index of the array with the first of these names ("X x"); -1: none. (Without memory,
 * zip_name_locate finds nothing.) */
static zip_int64_t find_array(const archive *a, const char *names)
{
    zip_int64_t count = zip_get_num_entries(a->zip, 0);
    for (const char *name = names; *name != '\0'; name += strspn(name, " ")) {
        char file[32];
        int length = (int)strcspn(name, " ");
        snprintf(file, sizeof file, "%.*s.npy", length, name);
        for (zip_int64_t i = 0; i < count; ++i) {
            const char *found = zip_get_name(a->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
            if (found != NULL && strcmp(found, file) == 0)
                return i;
        }
        name += length;
    }
    return -1;
}

static bool fail_no_features(const archive *a)
{
    char list[160] = "";
    for (zip_int64_t i = 0; i < zip_get_num_entries(a->zip, 0); ++i) {
        size_t length = strlen(list);
        const char *name = zip_get_name(a->zip, (zip_uint64_t)i, ZIP_FL_ENC_GUESS);
        snprintf(list + length, sizeof list - length, "%s%.30s", i > 0 ? ", " : "",
                 name != NULL ? name : "?");
    }
    return gd__table_fail(a->table, (gd__place){0},
                          "an array X, x, data or features is expected, found %s",
                          list[0] != '\0' ? list : "none");
}

static bool add_arrays(const archive *a, gd_table *t)
{
    zip_int64_t x = find_array(a, "X x data features"), y = find_array(a, "y Y target labels");
    if (x < 0 && y < 0 && zip_get_num_entries(a->zip, 0) == 1)
        x = 0;
    if (x < 0)
        return fail_no_features(a);
    gd__array arrays[] = {{.prefix = ""}, {.prefix = "label", .alone = "target", .target = true}};
    arrays[0].x = read_array(a, (zip_uint64_t)x, &arrays[0].text);
    if (arrays[0].x == NULL)
        return false;
    if (y >= 0)
        arrays[1].x = read_array(a, (zip_uint64_t)y, &arrays[1].text);
    return gd__table_add_arrays(t, arrays, y >= 0 ? 2 : 1);
}

static bool read_npz(gd__source *source, gd_table *table)
{
    archive a = {.table = table};
    if (!open_archive(&a, source))
        return false;
    bool read = add_arrays(&a, table);
    zip_discard(a.zip);
    return read;
}

static bool is_npz(const gd__source *source)
{
    return source->end >= 4 &&
           (memcmp(source->text, "PK\3\4", 4) == 0 || memcmp(source->text, "PK\5\6", 4) == 0);
}

const gd__format gd__format_npz = {"npz", ".npz", GD__MISSING, is_npz, read_npz, NULL};
