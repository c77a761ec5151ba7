/* Chromium without a window, driven over its debugging protocol through a pipe. */
#ifndef TESTS_CLI_BROWSER_H
#define TESTS_CLI_BROWSER_H

#include <jansson.h>
#include <stdbool.h>

/* Starts it; false: there is none. The tests skip then. */
bool browser_start(void);
void browser_stop(void); /* also where it was not started */

/* Shows a file of the test's folder in a window of so many pixels, light or dark; forgets what
 * came before. */
void browser_open(const char *file, int width, bool dark);

/* The value of a JavaScript expression, as JSON; yours to json_decref. Fails the test where it
 * throws. */
json_t *browser_value(const char *expression);
double browser_number(const char *expression);
bool browser_is(const char *expression); /* true */

/* Presses a key: "Tab", "Enter". */
void browser_press(const char *key);

/* Requests since browser_open, but for the page itself; and what it has written to its console. */
int browser_requests(void);
int browser_complaints(void);

/* Takes a picture of the whole page, for people. */
void browser_screenshot(const char *path);

#endif
