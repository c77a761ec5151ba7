/* Protocol buffers' wire format, as far as writing takes it: fields of a message one after the other. */
#ifndef CLI_PROTOBUF_H
#define CLI_PROTOBUF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A message that is being written, in memory, as its length comes first where it is part of another. */
typedef struct cli_message {
    FILE *file; /* NULL: there was no memory, and nothing is written */
    char *bytes;
    size_t size;
} cli_message;

void cli_message_begin(cli_message *message);
/* As a field of another message; both know where memory was short. */
void cli_message_end(cli_message *message, cli_message *parent, int field);
/* Closes the outermost, whose bytes are the caller's to free; false: memory was short somewhere. */
bool cli_message_close(cli_message *message);

void cli_field_int(cli_message *message, int field, int64_t value);
void cli_field_bytes(cli_message *message, int field, const void *bytes, size_t size);
void cli_field_text(cli_message *message, int field, const char *text);

#endif
