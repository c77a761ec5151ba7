/* Protocol buffers' wire format, as far as writing takes it: fields of a message one after the other. */
#ifndef CLI_PROTOBUF_H
#define CLI_PROTOBUF_H

#include "cli/system/memory.h"

#include <stdint.h>

/* A message that is being written, in memory, as its length comes first where it is part of another. */
typedef cli_bytes cli_message;

void cli_message_begin(cli_message *message);
/* As a field of another message, which has failed if this one has. */
void cli_message_end(cli_message *message, cli_message *parent, int field);

void cli_field_int(cli_message *message, int field, int64_t value);
void cli_field_bytes(cli_message *message, int field, const void *bytes, size_t size);
void cli_field_text(cli_message *message, int field, const char *text);

#endif
