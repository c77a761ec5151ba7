/* The list of formats, detecting them, and reading and writing a table in any of them. */
#include "data/formats/formats.h"
#include "data/rows/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Formats are detected in this order. The first is the default. */
static const gd__format *const formats[] = {
    &gd__format_csv,      &gd__format_tsv, &gd__format_arff, &gd__format_libsvm,
    &gd__format_fasttext, &gd__format_idx, &gd__format_npy,  &gd__format_npz};
enum { FORMATS = sizeof formats / sizeof *formats };

/* The format of this name. written: only formats that can be written. NULL with a message that
 * lists them. */
static const gd__format *find_format(const char *function, const char *name, bool written)
{
    char list[256] = "";
    for (int i = 0; i < FORMATS; ++i) {
        if (written && formats[i]->write == NULL)
            continue;
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", i > 0 ? ", " : "", formats[i]->name);
    }
    gd_fail(GD_ERROR_ARGUMENT, "%sa format among %s is expected, found \"%.40s\"", function, list,
            name);
    return NULL;
}

bool gd_table_can_write(const char *format)
{
    return find_format("", format != NULL ? format : "", true) != NULL;
}

/* Whether a path ends with one of the endings. */
static bool ends_with(const char *path, const char *endings)
{
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0)
        length -= 3;
    for (const char *ending = endings; *ending != '\0'; ending += strspn(ending, " ")) {
        size_t n = strcspn(ending, " ");
        if (length > n && strncmp(path + length - n, ending, n) == 0)
            return true;
        ending += n;
    }
    return false;
}

/* The format of a file name; NULL: none. */
static const gd__format *format_of_name(const char *path)
{
    for (int i = 0; i < FORMATS; ++i)
        if (ends_with(path, formats[i]->endings))
            return formats[i];
    return NULL;
}

const char *gd_table_format_of(const char *path)
{
    const gd__format *format = path != NULL ? format_of_name(path) : NULL;
    return format != NULL ? format->name : NULL;
}

static const gd__format *tell_format(const gd__source *source, const gd_table_options *options)
{
    for (int i = 0; i < FORMATS; ++i)
        if (formats[i]->is != NULL && formats[i]->is(source))
            return formats[i];
    const gd__format *named = format_of_name(source->name);
    const char *likely = named == NULL && options != NULL ? options->likely_format : NULL;
    return named != NULL    ? named
           : likely != NULL ? find_format("table_read: ", likely, false)
                            : formats[0];
}

/* Adds texts that mark a missing value, separated by commas. False: no memory. */
static bool add_missing(gd_table *t, const char *list, bool in_quotes)
{
    while (list != NULL) {
        size_t length = strcspn(list, ",");
        int32_t level = length > 0 ? gd__levels_find_or_add(&t->missing, list, length) : 0;
        if (level < 0)
            return false;
        if (length > 0 && in_quotes)
            t->missing.level[level].value = 1;
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    return true;
}

/* Whether a file can be read a second time from `start` on, to which standard input moves. */
static bool can_read_again(const char *path, off_t start)
{
    struct stat status;
    if (strcmp(path, "-") == 0)
        return start >= 0 && lseek(STDIN_FILENO, start, SEEK_SET) == start;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* An empty table with the texts that mark a missing value. NULL with a message. */
static gd_table *create_table(const char *name, const gd__format *format,
                              const gd_table_options *options)
{
    gd_table *t = gd_allocate(sizeof *t);
    if (t == NULL)
        return gd__fail_memory("%s: no memory for the table", name);
    *t = (gd_table){.path_size = strlen(name) + 1, .offset = SIZE_MAX};
    if (options != NULL)
        t->options = *options;
    t->path = gd_allocate(t->path_size);
    const char *own = t->options.missing;
    bool instead = own != NULL && (own[0] == '\0' || own[0] == ',') && format != &gd__format_arff;
    if (t->path != NULL && (instead || add_missing(t, format->missing, false)) &&
        add_missing(t, own, true)) {
        memcpy(t->path, name, t->path_size);
        return t;
    }
    gd_table_destroy(t);
    return gd__fail_memory("%s: no memory for the table", name);
}

/* Refuses files that another program can convert; the message says how. */
static bool is_readable(const gd__source *s)
{
    static const struct {
        const char *bytes;
        size_t count, at;
        const char *what, *how;
    } kinds[] = {{"\xff\xfe", 2, 0, "text in UTF-16", "iconv -f UTF-16 -t UTF-8"},
                 {"\xfe\xff", 2, 0, "text in UTF-16", "iconv -f UTF-16 -t UTF-8"},
                 {"\xfd\x37\x7a\x58\x5a", 5, 0, "data compressed by xz", "xz -dc"},
                 {"\x28\xb5\x2f\xfd", 4, 0, "data compressed by zstd", "zstd -dc"},
                 {"1AY&SY", 6, 4, /* behind BZh9 */ "data compressed by bzip2", "bzip2 -dc"}};
    const char *t = s->text, *what = NULL, *how = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && what == NULL; ++i)
        if (s->end > kinds[i].at + kinds[i].count &&
            memcmp(t + kinds[i].at, kinds[i].bytes, kinds[i].count) == 0) {
            what = kinds[i].what;
            how = kinds[i].how;
        }
    if (what == NULL && s->end >= 4 && t[0] != '\0' && t[1] == '\0' && t[2] != '\0' &&
        t[3] == '\0') {
        what = "text in UTF-16";
        how = "iconv -f UTF-16LE -t UTF-8";
    }
    return what == NULL ||
           gd__fail_false(GD_ERROR_FORMAT,
                          "%s: a table is expected, found %s; `%s FILE` converts it", s->name, what,
                          how);
}

/* keep, kept: as in gd_table. */
static gd_table *read_source(gd__source *source, const gd_table_options *options, const bool *keep,
                             int kept)
{
    if (!is_readable(source))
        return NULL;
    bool told = options != NULL && options->format != NULL;
    const gd__format *format =
        told ? find_format("table_read: ", options->format, false) : tell_format(source, options);
    gd_table *t = format != NULL ? create_table(source->name, format, options) : NULL;
    if (t == NULL)
        return NULL;
    t->keep = keep;
    t->kept = kept;
    t->source = source;
    bool read = format->read(source, t) && gd__table_finish(t);
    t->source = NULL;
    if (read) {
        t->options = (gd_table_options){0}; /* the caller owns their texts */
        t->kept = 0;
        return t;
    }
    gd_table_destroy(t);
    return NULL;
}

static gd_table *read_path(const char *path, const gd_table_options *options, const bool *keep,
                           int kept)
{
    gd__source source;
    gd_table *t = gd__source_open(&source, path) ? read_source(&source, options, keep, kept) : NULL;
    gd__source_close(&source);
    return t;
}

/* Marks in keep [columns] those in which a text came late among numbers. Whether there are some.
 * */
static bool find_late_texts(const gd_table *t, bool *keep)
{
    bool some = false;
    for (int i = 0; i < t->columns; ++i)
        some |= keep[i] = t->column[i].late_texts > 0;
    return some;
}

/* The type of a column must not depend on the order of the rows. If a text comes after so many
 * numbers that the column has dropped its levels, the file is read a second time and that column
 * keeps them. A pipe cannot be read again. */
gd_table *gd_table_read(const char *path, const gd_table_options *options)
{
    if (path == NULL)
        return gd__fail_null("table_read: the path is NULL");
    off_t start = strcmp(path, "-") == 0 ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
    gd_table *t = read_path(path, options, NULL, 0);
    size_t columns = t != NULL ? (size_t)t->columns : 0;
    bool *keep = t != NULL ? gd_allocate(columns) : NULL;
    if (t != NULL && keep == NULL)
        gd__table_fail_memory(t);
    if (keep == NULL || (find_late_texts(t, keep) && can_read_again(path, start))) {
        gd_table_destroy(t);
        t = keep != NULL ? read_path(path, options, keep, (int)columns) : NULL;
    }
    gd_free(keep, columns);
    return t;
}

gd_status gd_table_write(const gd_table *t, FILE *file, const char *format, const gd_tensor *rows,
                         char delimiter)
{
    if (t == NULL || file == NULL || format == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "table_write: NULL");
    const gd__format *found = find_format("table_write: ", format, true);
    if (found == NULL || (rows != NULL && !gd__are_rows("table_write", rows, t->rows)))
        return GD_ERROR_ARGUMENT;
    size_t columns = (size_t)t->columns;
    bool *target = gd_allocate(columns);
    if (target == NULL)
        return gd_fail(GD_ERROR_MEMORY, "%s: no memory for a list of columns", t->path);
    memset(target, 0, columns);
    gd_table_default_targets(t, target);
    gd__writer w = {.table = t,
                    .file = file,
                    .format = found->name,
                    .rows = rows,
                    .count = rows != NULL ? rows->shape[0] : t->rows,
                    .delimiter = delimiter,
                    .target = target};
    for (size_t i = 0; i < columns; ++i)
        w.targets += target[i];
    bool may_be_empty =
        found == &gd__format_csv || found == &gd__format_tsv || found == &gd__format_arff;
    errno = 0;
    bool written = w.count > 0 || may_be_empty
                       ? found->write(&w)
                       : gd__cannot_write(&w, "there are no rows; %s holds one at least", w.format);
    bool lost = fflush(file) != 0 || ferror(file);
    gd_free(target, columns);
    if (!written)
        return gd_message_status();
    return lost ? gd_fail(GD_ERROR_IO, "table_write: %s", strerror(errno)) : GD_OK;
}
