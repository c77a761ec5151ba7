#include "cli/protobuf.h"

#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, BYTES = 2 }; /* how a field goes on */

void cli_message_begin(cli_message *m)
{
    *m = (cli_message){.bytes = NULL};
    m->file = open_memstream(&m->bytes, &m->size);
}

bool cli_message_close(cli_message *m)
{
    bool ok = m->file != NULL && ferror(m->file) == 0;
    if (m->file != NULL && fclose(m->file) != 0)
        ok = false;
    m->file = NULL;
    return ok && m->bytes != NULL;
}

/* After a failure the parent has no file either. */
void cli_message_end(cli_message *m, cli_message *parent, int field)
{
    if (cli_message_close(m))
        cli_field_bytes(parent, field, m->bytes, m->size);
    else if (parent->file != NULL) {
        fclose(parent->file);
        parent->file = NULL;
    }
    free(m->bytes);
}

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static void put_varint(FILE *file, uint64_t value)
{
    for (; value > 127; value >>= 7)
        fputc((int)(value & 127) | 128, file);
    fputc((int)value, file);
}

static bool put_key(const cli_message *m, int field, int kind)
{
    if (m->file != NULL)
        put_varint(m->file, (uint64_t)field << 3 | (uint64_t)kind);
    return m->file != NULL;
}

void cli_field_int(cli_message *m, int field, int64_t value)
{
    if (put_key(m, field, VARINT))
        put_varint(m->file, (uint64_t)value);
}

void cli_field_bytes(cli_message *m, int field, const void *bytes, size_t size)
{
    if (!put_key(m, field, BYTES))
        return;
    put_varint(m->file, size);
    fwrite(bytes, 1, size, m->file);
}

void cli_field_text(cli_message *m, int field, const char *text)
{
    cli_field_bytes(m, field, text, strlen(text));
}
