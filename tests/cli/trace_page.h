/* A trace's page in headless Chromium. The checks run in the page: trace_page.js, trace_graph.js. */
#ifndef TESTS_CLI_TRACE_PAGE_H
#define TESTS_CLI_TRACE_PAGE_H

#include <stdbool.h>

/* Of a group of tests: Chromium, in the folder of the test. */
int trace_page_start(void **state);
int trace_page_stop(void **state);
bool trace_page_browser(void); /* there is one */

/* NAME.html of NAME.trace. */
void make_page(const char *name);
void open_page(const char *name, int width, bool dark);

/* Runs a check in the page, prints its faults and returns their number; or fails the test. */
int trace_page_faults(const char *check);
void assert_no_fault(const char *check);

#endif
