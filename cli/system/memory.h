/* Memory of the program. If an allocation fails, also one of the library, the program ends: it
 * prints a message, removes its temporary files and exits with CLI_RUNTIME, before any file is
 * replaced. So nothing here returns NULL, and in cli/ no call of the library fails for want of
 * memory. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Has the library allocate here. Call it first. */
void cli_watch_memory(void);

/* malloc and its family; release the memory with free. */
void *cli_malloc(size_t size);
void *cli_calloc(size_t count, size_t size);
void *cli_realloc(void *memory, size_t size);
char *cli_strdup(const char *text);
__attribute__((format(printf, 1, 2))) char *cli_text(const char *format, ...);

/* A growing buffer. */
typedef struct cli_bytes {
    char *data;
    size_t size, room;
} cli_bytes; /* initialise with zeros; free `data` with free */

void cli_bytes_add(cli_bytes *bytes, const void *data, size_t size);
__attribute__((format(printf, 2, 3))) void cli_bytes_print(cli_bytes *bytes, const char *format,
                                                           ...);

#endif
