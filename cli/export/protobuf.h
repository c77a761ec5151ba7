/* Writing of protocol buffers: fields of a message one after the other. */
#ifndef CLI_PROTOBUF_H
#define CLI_PROTOBUF_H

#include "cli/system/memory.h"

#include <stdint.h>

/* A message being written. It is in memory, because in another message its length comes first. */
typedef cli_bytes cli_message;

void cli_message_begin(cli_message *message);
/* Adds the message as a field of another one, which fails if this one has failed. */
void cli_message_end(cli_message *message, cli_message *parent, int field);

void cli_field_int(cli_message *message, int field, int64_t value);
void cli_field_bytes(cli_message *message, int field, const void *bytes, size_t size);
void cli_field_text(cli_message *message, int field, const char *text);

#endif
