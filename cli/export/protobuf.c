/* Writes protocol buffers. */
#include "cli/export/onnx.h"

#include <stdlib.h>
#include <string.h>

enum { VARINT = 0, BYTES = 2 }; /* how a field goes on */

void cli_message_begin(cli_message *m)
{
    *m = (cli_message){.data = NULL};
}

void cli_message_end(cli_message *m, cli_message *parent, int field)
{
    cli_field_bytes(parent, field, m->data, m->size);
    free(m->data);
}

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static void put_varint(cli_message *m, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    for (; value > 127; value >>= 7)
        bytes[n++] = (unsigned char)((value & 127) | 128);
    bytes[n++] = (unsigned char)value;
    cli_bytes_add(m, bytes, n);
}

static void put_key(cli_message *m, int field, int kind)
{
    put_varint(m, (uint64_t)field << 3 | (uint64_t)kind);
}

void cli_field_int(cli_message *m, int field, int64_t value)
{
    put_key(m, field, VARINT);
    put_varint(m, (uint64_t)value);
}

void cli_field_bytes(cli_message *m, int field, const void *bytes, size_t size)
{
    put_key(m, field, BYTES);
    put_varint(m, size);
    if (size > 0)
        cli_bytes_add(m, bytes, size);
}

void cli_field_text(cli_message *m, int field, const char *text)
{
    cli_field_bytes(m, field, text, strlen(text));
}
