/* Output, and checks of what is to be written. */
#include "data/formats/writer.h"

#include <inttypes.h>
#include <stdarg.h>

void gd__put_bytes(gd__writer *w, const void *bytes, size_t size)
{
    w->bytes += (int64_t)size;
    if (w->file != NULL)
        fwrite(bytes, 1, size, w->file);
}

void gd__put(gd__writer *w, const char *text)
{
    gd__put_bytes(w, text, strlen(text));
}

void gd__put_byte(gd__writer *w, char byte)
{
    ++w->bytes;
    if (w->file != NULL)
        putc(byte, w->file);
}

void gd__put_rows(gd__writer *w, void (*put_row)(gd__writer *w, int64_t row))
{
    for (int64_t i = 0; i < w->count && (w->file == NULL || !ferror(w->file)); ++i)
        put_row(w, gd__chosen_row(w->rows, i));
}

int64_t gd__count_bytes(gd__writer *w, void (*put)(gd__writer *w))
{
    gd__writer counter = *w;
    counter.file = NULL;
    put(&counter);
    return counter.bytes;
}

bool gd__cannot_write(const gd__writer *w, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return gd__fail_false(GD_ERROR_VALUE, "%s: %s", w->table->path, text);
}

bool gd__is_listed(const char *list, const char *text)
{
    size_t length = strlen(text);
    for (size_t n; (n = strcspn(list, ",")) > 0; list += n + (list[n] == ','))
        if (n == length && memcmp(list, text, n) == 0)
            return true;
    return false;
}

bool gd__no_memory_to_write(const gd__writer *w)
{
    return gd__fail_false(GD_ERROR_MEMORY, "%s: no memory to write %s", w->table->path, w->format);
}

bool gd__check_columns(const gd__writer *w, int64_t columns, int64_t bytes)
{
    return gd__are_few_columns(columns, bytes) ||
           gd__cannot_write(w,
                            "%" PRId64 " columns in %" PRId64
                            " bytes are too many for %s, whose reader would refuse the file; arff "
                            "holds them",
                            columns, bytes, w->format);
}

bool gd__holds_numbers(const gd__writer *w, int column, bool all)
{
    const gd_table *t = w->table;
    if (gd_table_kind(t, column) != GD_COLUMN_NUMBERS)
        return gd__cannot_write(w, "column \"%.80s\" holds texts; %s holds numbers",
                                gd_table_name(t, column), w->format);
    for (int64_t i = 0; all && i < w->count; ++i) {
        int64_t row = gd__chosen_row(w->rows, i);
        if (!isfinite(gd_table_number(t, row, column)))
            return gd__cannot_write(w,
                                    "column \"%.80s\" holds no finite number in row %" PRId64
                                    "; %s cannot hold missing or infinite values",
                                    gd_table_name(t, column), row + 1, w->format);
    }
    return true;
}

bool gd__hold_indicators(const gd__writer *w)
{
    const gd_table *t = w->table;
    for (int column = 0; column < t->columns; ++column)
        for (int64_t i = 0; w->target[column] && i < w->count; ++i) {
            char buffer[GD_NUMBER_TEXT];
            int64_t row = gd__chosen_row(w->rows, i);
            double number = gd_table_number(t, row, column);
            if (number != 0 && number != 1)
                return gd__cannot_write(
                    w,
                    "one of several labels is 0 or 1 in %s; column \"%.80s\" holds \"%.40s\" in "
                    "row %" PRId64,
                    w->format, gd_table_name(t, column), gd_table_text(t, row, column, buffer),
                    row + 1);
        }
    return true;
}
