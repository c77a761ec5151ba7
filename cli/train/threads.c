#define _GNU_SOURCE /* sched_getaffinity, CPU_COUNT */
/* How many threads gradus train uses. */
#include "cli/cli.h"
#include "cli/train/training.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* The processors that the process may use. One, where address space is limited: BLAS maps a buffer
 * for each thread. */
static int count_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return cli_is_address_space_limited() ? 1 : count < GD_MOST_THREADS ? count : GD_MOST_THREADS;
}

/* From GRADUS_THREADS; 0: it is not a number of threads. */
static int read_threads(const char *text)
{
    char *end;
    long threads = strtol(text, &end, 10);
    bool ok = strspn(text, "0123456789") == strlen(text) && threads <= GD_MOST_THREADS;
    return ok ? (int)threads : 0;
}

static int count_threads(const cli_options *o, int *threads)
{
    const char *text = getenv("GRADUS_THREADS");
    bool set = text != NULL && text[0] != '\0';
    *threads = o->threads.given ? (int)o->threads.value
               : set            ? read_threads(text)
                                : count_processors();
    if (*threads >= 1 && *threads <= GD_MOST_THREADS)
        return CLI_OK;
    if (o->threads.given)
        return cli_usage_error(o, "--threads takes a whole number from 1 to %d", GD_MOST_THREADS);
    return cli_error(CLI_USAGE, "GRADUS_THREADS is \"%.80s\", not a whole number from 1 to %d",
                     text, GD_MOST_THREADS);
}

int cli_training_check_threads(cli_training *t)
{
    int code = count_threads(t->options, &t->threads);
    if (t->options->trace != NULL) /* whose steps come one after the other */
        t->threads = 1;
    if (code == CLI_OK)
        code = cli_check(gd_blas_set_threads(1));
    return code == CLI_OK ? cli_check_blas_room(t->threads - 1) : code;
}

/* Threads that nobody has asked for may be missing. */
int cli_training_start_threads(cli_training *t)
{
    if (t->threads > 1)
        t->pool = gd_pool_create(t->threads);
    bool asked = t->options->threads.given;
    return t->pool != NULL || t->threads == 1 || !asked ? CLI_OK : cli_check(gd_message_status());
}
