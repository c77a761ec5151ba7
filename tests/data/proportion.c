/* How much memory a small file may ask for. Each kind of file is one whose bytes ask for the most:
 *
 *     file                        a byte asks for          the limit
 *     any format, gzip            up to 1032 bytes         64 MiB, or 50 bytes of each compressed one
 *     csv, an empty field         a column: 1 to 2 KiB     131072 columns, or one for each 16 bytes
 *     csv, a short row "0\n"      2 to 4 bytes a byte      none needed
 *     csv, different numbers      about 30 bytes a byte    none needed
 *     arff, sparse rows "{}"      8 bytes for each column  2^25 cells, or 100 for each given one
 *     arff, attributes            100 bytes a byte         as csv
 *     libsvm, "1:1 " in a row     400 bytes a byte         columns as csv, cells as arff
 *     fasttext, a label           400 bytes a byte         columns as csv, cells as arff
 *     fasttext, empty lines       12 bytes a byte          none needed
 *     idx, npy: a row of bytes    a column: 1 KiB          as csv
 *     idx, npy: narrow numbers    8 bytes a byte           none needed
 *     idx, npy: a header that lies                         memory comes as bytes do, or not at all
 *     npz, deflated               up to 1032 bytes         as gzip
 *
 * All in all: 900 MB, which 64 MiB of the shortest rows of libsvm take, and 300 bytes for each
 * byte. */
#include "../cmocka_all.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

static size_t now, most;

static void *measured(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context;
    if (new_size == 0) {
        free(memory);
        now -= old_size;
        return NULL;
    }
    assert_null(memory);
    now += new_size;
    most = now > most ? now : most;
    return aligned_alloc(64, (new_size + 63) / 64 * 64);
}

/* ---- files ---- */

typedef struct output {
    FILE *file;
    gzFile gzip; /* instead */
} output;

static output begin(bool compressed)
{
    remove("t");
    output o = {.file = compressed ? NULL : fopen("t", "wb"),
                .gzip = compressed ? gzopen("t", "wb1") : NULL};
    assert_true(o.file != NULL || o.gzip != NULL);
    return o;
}

static void put(const output *o, const void *bytes, size_t size)
{
    if (o->file != NULL)
        assert_int_equal(fwrite(bytes, 1, size, o->file), size);
    else
        assert_int_equal(gzwrite(o->gzip, bytes, (unsigned)size), size);
}

/* `text`, in which a %d counts from 0, so many times. */
static void repeat(const output *o, const char *text, int count)
{
    static char block[1 << 16];
    size_t used = 0;
    for (int i = 0; i < count; ++i) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        used += (size_t)snprintf(block + used, sizeof block - used, text, i);
#pragma GCC diagnostic pop
        if (used + 64 > sizeof block || i + 1 == count) {
            put(o, block, used);
            used = 0;
        }
    }
}

static void end(const output *o)
{
    if (o->file != NULL)
        fclose(o->file);
    else
        gzclose(o->gzip);
}

static void write_npy(const output *o, const char *dtype, long rows, long columns, size_t bytes)
{
    char head[129] = "\x93NUMPY\x01\x00\x76";
    int used =
        snprintf(head + 10, 118, "{'descr': '%s', 'fortran_order': False, 'shape': (%ld, %ld), }",
                 dtype, rows, columns);
    memset(head + 10 + used, ' ', 117 - (size_t)used);
    head[127] = '\n';
    put(o, head, 128);
    static const char zeros[1 << 16];
    for (size_t n; bytes > 0; bytes -= n) {
        n = bytes < sizeof zeros ? bytes : sizeof zeros;
        put(o, zeros, n);
    }
}

static void write_idx(const output *o, int type, int rows, int columns, size_t bytes)
{
    const unsigned char head[12] = {0,
                                    0,
                                    (unsigned char)type,
                                    2,
                                    (unsigned char)(rows >> 24),
                                    (unsigned char)(rows >> 16),
                                    (unsigned char)(rows >> 8),
                                    (unsigned char)rows,
                                    (unsigned char)(columns >> 24),
                                    (unsigned char)(columns >> 16),
                                    (unsigned char)(columns >> 8),
                                    (unsigned char)columns};
    put(o, head, sizeof head);
    for (size_t i = 0; i < bytes; ++i)
        put(o, "\7", 1);
}

static void zip_file(const char *name)
{
    int code;
    remove("t.csv"); /* which leave_folder removes */
    zip_t *zip = zip_open("t.csv", ZIP_CREATE, &code);
    assert_non_null(zip);
    assert_true(zip_file_add(zip, name, zip_source_file(zip, "t", 0, -1), 0) >= 0);
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(rename("t.csv", "t"), 0);
}

/* ---- what is read ---- */

static long size_of_file(void)
{
    FILE *file = fopen("t", "rb");
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    fclose(file);
    return size;
}

/* NULL: it is read; else a part of the message that refuses it. */
static void check(const char *what, const char *format, const char *refusal)
{
    now = most = 0;
    gd_set_allocator(measured, NULL);
    gd_table *t = gd_table_read("t", &(gd_table_options){.format = format});
    const char *message = t != NULL ? "" : gd_message();
    bool as_expected = refusal != NULL ? strstr(message, refusal) != NULL : t != NULL;
    gd_table_destroy(t);
    gd_set_allocator(NULL, NULL);
    long size = size_of_file();
    print_message("%-40s %9ld bytes, %5zu MB\n", what, size, most / 1000000);
    if (!as_expected)
        fail_msg("%s: %s", what, message);
    if (most > 900000000 + 300 * (size_t)size)
        fail_msg("%s: %ld bytes take %zu", what, size, most);
    assert_int_equal(now, 0);
}

static const char compressed_too_well[] = "at most 50 bytes are expected of each compressed one "
                                          "(or 64 MiB in all)",
                  too_many[] = "at most 131072 columns, or one for every 16 bytes of the file",
                  too_sparse[] = "in a table of this size, one given cell in 100 is expected";

static void test_compressed(void **state)
{
    (void)state;
    static const struct {
        const char *format, *head, *text;
    } cases[] = {
        {"csv", "x\n", "aaaaaaaaaaaaaaaa"},
        {"csv", "x\n", "0\n0\n0\n0\n0\n0\n0\n0\n"},
        {"tsv", "x\n", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"},
        {"arff", "@relation r\n@attribute a numeric\n@data\n", "{}\n{}\n{}\n{}\n{}\n"},
        {"arff", "", "aaaaaaaaaaaaaaaa"},
        {"libsvm", "1 1:1\n", "1\n1\n1\n1\n1\n1\n1\n1\n"},
        {"fasttext", "a\n", "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"},
        {"fasttext", "__label__a", "aaaaaaaaaaaaaaaa"},
        {"idx", "\0\0\x08\x01\x7f\0\0\0", ""},
        {"npy", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        output o = begin(true);
        if (strcmp(cases[i].format, "npy") == 0)
            write_npy(&o, "<f8", 100, 100000, 80000000);
        else if (strcmp(cases[i].format, "idx") == 0)
            write_idx(&o, 8, 1000, 80000, 80000000);
        else {
            put(&o, cases[i].head, strlen(cases[i].head));
            repeat(&o, cases[i].text, 80000000 / (int)strlen(cases[i].text));
        }
        end(&o);
        check(cases[i].format, cases[i].format, compressed_too_well);
    }
    output o = begin(false);
    write_npy(&o, "<f8", 100, 100000, 80000000);
    end(&o);
    zip_file("X.npy");
    check("npz", "npz", compressed_too_well);
}

/* What compresses well is read up to the limit, and a file of the same bytes that is not
 * compressed beyond it. */
static void test_limit(void **state)
{
    (void)state;
    for (int k = 0; k < 3; ++k) {
        output o = begin(k < 2);
        write_idx(&o, 8, 1000, k == 0 ? 67108 : 67200, k == 0 ? 67108000 : 67200000);
        end(&o);
        check("idx, at the limit", "idx", k == 1 ? compressed_too_well : NULL);
    }
}

static void test_columns(void **state)
{
    (void)state;
    output o = begin(false);
    repeat(&o, ",", 1000000);
    end(&o);
    check("csv, empty fields", "csv", too_many);
    o = begin(false);
    repeat(&o, "1,", 131071);
    put(&o, "1\n", 2);
    repeat(&o, "2,", 131071);
    put(&o, "2\n", 2);
    end(&o);
    check("csv, as many columns as may be", "csv", NULL);
    o = begin(false);
    repeat(&o, "a column %8d,", 200000);
    put(&o, "y\n", 2);
    end(&o);
    check("csv, columns with long names", "csv", NULL);
    o = begin(true);
    repeat(&o, ",", 1000000);
    end(&o);
    check("csv, gzip, empty fields", "csv", too_many);
    o = begin(false);
    put(&o, "1", 1);
    repeat(&o, " %d:1", 200000);
    end(&o);
    check("libsvm, a row", "libsvm", too_many);
    o = begin(false);
    repeat(&o, "__label__%d ", 140000);
    end(&o);
    check("fasttext, labels", "fasttext", too_many);
    o = begin(false);
    repeat(&o, "@attribute %d real\n", 100000);
    put(&o, "@data\n{}\n", 9);
    end(&o);
    check("arff, attributes", "arff", NULL);
    o = begin(false);
    write_idx(&o, 8, 1, 1000000, 1000000);
    end(&o);
    check("idx, a row", "idx", too_many);
    o = begin(false);
    write_npy(&o, "|u1", 1, 1000000, 1000000);
    end(&o);
    check("npy, a row", "npy", too_many);
    o = begin(false);
    write_npy(&o, "|S1", 1, 1000000, 1000000);
    end(&o);
    check("npy, a row of texts", "npy", too_many);
}

static void test_cells(void **state)
{
    (void)state;
    output o = begin(false);
    repeat(&o, "@attribute %d real\n", 6000);
    put(&o, "@data\n", 6);
    repeat(&o, "{}\n", 20000);
    end(&o);
    check("arff, sparse rows", "arff", too_sparse);
    o = begin(false);
    put(&o, "@attribute s string\n", 20);
    repeat(&o, "@attribute %d {a,b}\n", 6000);
    put(&o, "@data\n", 6);
    repeat(&o, "{}\n", 20000);
    end(&o);
    check("arff, sparse rows of texts", "arff", too_sparse);
    o = begin(false);
    put(&o, "1", 1);
    repeat(&o, " %d:1", 6000);
    put(&o, "\n", 1);
    repeat(&o, "1\n", 20000);
    end(&o);
    check("libsvm, short rows", "libsvm", too_sparse);
    o = begin(false);
    repeat(&o, "__label__%d a\nb\n", 10000);
    end(&o);
    check("fasttext, a label a row", "fasttext", too_sparse);
    o = begin(false);
    put(&o, "a", 1);
    repeat(&o, "\n", 1000000);
    end(&o);
    check("fasttext, empty lines", "fasttext", NULL);
    o = begin(false);
    repeat(&o, "%d\n", 200000);
    end(&o);
    check("csv, numbers", "csv", NULL);
    o = begin(false);
    repeat(&o, "a%d,\n", 200000);
    end(&o);
    check("csv, texts", "csv", NULL);
    o = begin(false);
    repeat(&o, "%d\n\n", 200000);
    end(&o);
    check("csv, lines apart", "csv", NULL);
    o = begin(false);
    write_idx(&o, 9, 1000, 1000, 1000000);
    end(&o);
    check("idx, narrow numbers", "idx", NULL);
    o = begin(false);
    write_npy(&o, "|i1", 1000, 1000, 1000000);
    end(&o);
    check("npy, narrow numbers", "npy", NULL);
}

static void test_lies(void **state)
{
    (void)state;
    output o = begin(false);
    write_idx(&o, 8, 2000000000, 1, 1000);
    end(&o);
    check("idx, fewer bytes than promised", "idx", "2000000000 bytes are expected");
    o = begin(false);
    write_npy(&o, "<f8", 1000000000, 10, 1000);
    end(&o);
    check("npy, fewer bytes than promised", "npy", "80000000000 bytes are expected");
}

/* ---- what is written ---- */

/* A table of so many rows and columns, of which one cell in `apart` is 1, the others 0; before a
 * label, or labels behind words. */
static gd_table *make_table(int rows, int columns, int apart, bool labels)
{
    output o = begin(false);
    fprintf(o.file, "@relation 'r: -C %d'\n%s", labels ? -columns : -1,
            labels ? "@attribute w string\n" : "");
    for (int i = 0; i < columns; ++i)
        fprintf(o.file, labels ? "@attribute %x {0,1}\n" : "@attribute %d real\n", i);
    fputs(labels ? "@data\n" : "@attribute y real\n@data\n", o.file);
    static char line[400000];
    for (int64_t row = 0; row < rows; ++row) {
        char *to = line;
        if (labels)
            to += strlen(strcpy(to, "a,"));
        for (int64_t i = 0; i < columns; ++i) {
            *to++ = (row * columns + i) % apart == 0 ? '1' : '0';
            *to++ = ',';
        }
        strcpy(to - labels, labels ? "\n" : "7\n");
        put(&o, line, strlen(line));
    }
    end(&o);
    gd_table *t = gd_table_read("t", &(gd_table_options){.format = "arff"});
    if (t == NULL)
        fail_msg("%s", gd_message());
    return t;
}

/* The same without labels as .npy, of which the last column is the target. */
static gd_table *make_array(int rows, int columns, int apart)
{
    output o = begin(false);
    static unsigned char line[8000];
    write_npy(&o, "|u1", rows, columns, 0);
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t i = 0; i < columns; ++i)
            line[i] = (row * columns + i) % apart == 0;
        put(&o, line, (size_t)columns);
    }
    end(&o);
    return gd_table_read("t", &(gd_table_options){.format = "npy"});
}

/* What a writer writes is read again; else it has written nothing. */
static void check_written(const gd_table *t, const char *format, bool written)
{
    FILE *file = fopen("t", "wb");
    assert_non_null(file);
    gd_status status = gd_table_write(t, file, format, NULL, '\0');
    assert_int_equal(status, written ? GD_OK : GD_ERROR_VALUE);
    assert_int_equal(ftell(file) > 0, written);
    fclose(file);
    if (!written)
        assert_non_null(strstr(gd_message(), "whose reader would refuse the file"));
    gd_table *again = written ? gd_table_read("t", &(gd_table_options){.format = format}) : NULL;
    assert_int_equal(again != NULL, written);
    gd_table_destroy(again);
}

static void test_written(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        int rows, columns, apart;
        bool written;
    } cases[] = {
        {"libsvm", 5600, 6001, 97, true},
        {"libsvm", 5600, 6001, 107, false},
        {"libsvm", 5593, 6001, 107, true}, /* 2^25 cells before the last row */
        {"libsvm", 1, 131072, 1, false},
        {"libsvm", 1, 131071, 1, true},
        {"libsvm", 3, 140000, 1, true},
        {"libsvm", 3, 140000, 1000, true}, /* few of the columns come */
        {"fasttext", 5600, 6000, 107, false},
        {"fasttext", 1, 140000, 1, false}, /* 15 bytes for each label */
        {"fasttext", 2, 140000, 1, true},
        {"csv", 1, 140000, 1, false},
        {"csv", 5, 140000, 1, true},
        {"tsv", 1, 140000, 1, false},
        {"npy", 1, 140000, 1, false}, /* 8 bytes for each column */
        {"npy", 2, 140000, 1, true},
        {"arff", 1, 140000, 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        bool labels = strcmp(cases[i].format, "fasttext") == 0;
        gd_table *t = labels || cases[i].columns > 8000
                          ? make_table(cases[i].rows, cases[i].columns, cases[i].apart, labels)
                          : make_array(cases[i].rows, cases[i].columns, cases[i].apart);
        assert_non_null(t);
        print_message("%s, %d x %d, one in %d\n", cases[i].format, cases[i].rows, cases[i].columns,
                      cases[i].apart);
        check_written(t, cases[i].format, cases[i].written);
        gd_table_destroy(t);
    }
}

int proportion_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compressed), cmocka_unit_test(test_limit),
        cmocka_unit_test(test_columns),    cmocka_unit_test(test_cells),
        cmocka_unit_test(test_lies),       cmocka_unit_test(test_written)};
    return cmocka_run_group_tests_name("proportion", tests, enter_folder, leave_folder);
}
