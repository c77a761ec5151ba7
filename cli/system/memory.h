/* Where memory ends, all that follows is doubtful: what could not be done is reported as what its caller makes of it, a table
 * without rows, a name that is not UTF-8, a score that is not to be had. So a refusal is remembered: from then on every message
 * says that memory has ended, no file is replaced, and the exit code is CLI_RUNTIME. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Remembers also what the library is refused. To be called first. */
void cli_watch_memory(void);

/* Bytes of the last request that was refused; 0: none was. */
size_t cli_memory_refused(void);

/* malloc and its family; what they return is to be freed by free. */
void *cli_malloc(size_t size);
void *cli_calloc(size_t count, size_t size);
void *cli_realloc(void *memory, size_t size);
char *cli_strdup(const char *text);

/* Bytes that grow. After a refusal it is empty, and stays so: failed. */
typedef struct cli_bytes {
    char *data;
    size_t size, room;
    bool failed;
} cli_bytes; /* zeros at the beginning; data is to be freed by free */

void cli_bytes_add(cli_bytes *bytes, const void *data, size_t size);
__attribute__((format(printf, 2, 3))) void cli_bytes_print(cli_bytes *bytes, const char *format,
                                                           ...);

#endif
