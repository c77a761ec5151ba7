/* Signals: they end training after the current batch, and otherwise the program, which removes its
 * temporary files. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <stdbool.h>

/* Call it first, from the main thread. SIGINT, SIGTERM and, unless it is ignored, SIGHUP end the
 * program without leaving a temporary file. A write beyond the file size limit fails instead of
 * raising SIGXFSZ, and a write into a closed pipe instead of raising SIGPIPE. */
void cli_prepare_signals(void);

/* Blocks signals (true) and unblocks them (false), while a temporary file exists that is not yet
 * registered. */
void cli_hold_signals(bool on);

enum { CLI_MOST_TEMPORARIES = 64 };

/* Registers a file to be removed if a signal ends the program, until it is forgotten. false: too
 * many files. */
bool cli_remember_temporary(const char *path);
void cli_forget_temporary(const char *path);
void cli_remove_temporaries(void); /* all that are remembered */

/* Between the calls with true and false, the first signal is only recorded; a second one ends the
 * program. */
void cli_catch_signals(bool on);

/* The recorded signal; 0: none. */
int cli_caught_signal(void);

#endif
