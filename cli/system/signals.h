/* What a signal does: it ends training after the batch, and otherwise the program, whose temporary files are removed. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* To be called first, by the main thread. SIGINT, SIGTERM and, unless it is ignored, SIGHUP end the program without a temporary file; a write beyond
 * a limit of size fails (SIGXFSZ), as one into a pipe that nobody reads (SIGPIPE). */
void cli_prepare_signals(void);

/* Signals wait between the calls, with true and with false: while a temporary file has a name that nobody knows yet. */
void cli_hold_signals(bool on);

enum { CLI_MOST_TEMPORARIES = 64 };

/* The file is removed when a signal ends the program, until it is forgotten. False: there are as many as may be. */
bool cli_remember_temporary(const char *path);
void cli_forget_temporary(const char *path);

/* Between the calls, with true and with false, the first signal is only noted, and a second one ends the program. */
void cli_catch_signals(bool on);

/* The signal that was noted; 0: none. */
int cli_caught_signal(void);

#endif
