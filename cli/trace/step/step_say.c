/* What all commands of gradus step need: messages, and whether Ctrl-C was pressed. */
#include "cli/system/print.h"
#include "cli/trace/step/step.h"

#include <signal.h>
#include <stdarg.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

void step_catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt}; /* no SA_RESTART: it ends a read */
    sigaction(SIGINT, &action, NULL);
}

bool step_is_interrupted(bool forget)
{
    bool was = interrupted != 0;
    interrupted = forget ? 0 : interrupted;
    return was;
}

void step_refuse(step_session *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cli_vprint(stdout, format, arguments);
    va_end(arguments);
    putchar('\n');
    s->refused = true;
}
