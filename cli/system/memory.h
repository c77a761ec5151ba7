/* After a failed allocation, later results are unreliable: callers report a missing result as
 * something else, such as a table without rows, a name that is not UTF-8, or an undefined score. A
 * failed allocation is therefore remembered: from then on, each message says that memory is
 * exhausted, no file is replaced, and the exit code is CLI_RUNTIME. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Also remembers failed allocations of the library. Call it first. */
void cli_watch_memory(void);

/* Bytes of the last failed allocation; 0: none. */
size_t cli_memory_refused(void);

/* malloc and its family; release the memory with free. */
void *cli_malloc(size_t size);
void *cli_calloc(size_t count, size_t size);
void *cli_realloc(void *memory, size_t size);
char *cli_strdup(const char *text);

/* A growing buffer. After a failed allocation it is empty and stays empty: failed. */
typedef struct cli_bytes {
    char *data;
    size_t size, room;
    bool failed;
} cli_bytes; /* initialise with zeros; free `data` with free */

void cli_bytes_add(cli_bytes *bytes, const void *data, size_t size);
__attribute__((format(printf, 2, 3))) void cli_bytes_print(cli_bytes *bytes, const char *format,
                                                           ...);

#endif
