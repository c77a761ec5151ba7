/* Signals such as Ctrl-C, and temporary files that they remove. */
#include "cli/system/signals.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDING = sizeof ending / sizeof *ending };

static const char *volatile temporaries[CLI_MOST_TEMPORARIES];
static volatile sig_atomic_t caught;
static pthread_t main_thread;

void cli_remove_temporaries(void)
{
    for (int i = 0; i < CLI_MOST_TEMPORARIES; ++i)
        if (temporaries[i] != NULL)
            unlink(temporaries[i]);
}

/* Ends the program as the signal would have. In the thread that holds signals back: another, as
 * BLAS has, knows nothing of that. */
static void end_program(int signal_number)
{
    if (!pthread_equal(pthread_self(), main_thread)) {
        pthread_kill(main_thread, signal_number);
        return;
    }
    cli_remove_temporaries();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void note(int signal_number)
{
    caught = signal_number;
    signal(signal_number, end_program);
}

/* SIGHUP that is ignored, as by nohup, stays so. */
static void handle(void (*handler)(int))
{
    for (int i = 0; i < ENDING; ++i) {
        struct sigaction old, action = {.sa_handler = handler};
        action.sa_flags = (int)SA_RESTART; /* no write is cut short */
        if (ending[i] != SIGHUP ||
            (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN))
            sigaction(ending[i], &action, NULL);
    }
}

void cli_prepare_signals(void)
{
    main_thread = pthread_self();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    handle(end_program);
}

void cli_hold_signals(bool on)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < ENDING; ++i)
        sigaddset(&set, ending[i]);
    sigprocmask(on ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static bool replace(const char *old, const char *new)
{
    for (int i = 0; i < CLI_MOST_TEMPORARIES; ++i)
        if (temporaries[i] == old) {
            temporaries[i] = new;
            return true;
        }
    return false;
}

bool cli_remember_temporary(const char *path)
{
    return replace(NULL, path);
}

void cli_forget_temporary(const char *path)
{
    replace(path, NULL);
}

void cli_catch_signals(bool on)
{
    handle(on ? note : end_program);
}

int cli_caught_signal(void)
{
    return caught;
}
