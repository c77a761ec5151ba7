#include "browser.h"

#include "../cmocka_all.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    pid_t pid;
    int to, from; /* pipes: messages that end with a 0 */
    char *buffer;
    size_t size, room;
    int sent;
    char profile[32], session[64];
    int requests, complaints;
} browser;

enum { PATIENCE = 60000 /* milliseconds that an answer may take */ };

/* ---- messages ---- */

/* The next message; NULL: it says no more. */
static json_t *receive(void)
{
    for (;;) {
        char *end = browser.size > 0 ? memchr(browser.buffer, '\0', browser.size) : NULL;
        if (end != NULL) {
            json_t *message = json_loads(browser.buffer, 0, NULL);
            size_t used = (size_t)(end - browser.buffer) + 1;
            memmove(browser.buffer, end + 1, browser.size -= used);
            return message;
        }
        if (browser.size + 65536 > browser.room) {
            browser.room = 2 * browser.room + 65536;
            browser.buffer = realloc(browser.buffer, browser.room);
            assert_non_null(browser.buffer);
        }
        struct pollfd ready = {.fd = browser.from, .events = POLLIN};
        ssize_t n = poll(&ready, 1, PATIENCE) == 1
                        ? read(browser.from, browser.buffer + browser.size, 65536)
                        : 0;
        if (n <= 0)
            return NULL;
        browser.size += (size_t)n;
    }
}

static void note_event(const json_t *message)
{
    const char *method = json_string_value(json_object_get(message, "method"));
    if (method == NULL)
        return;
    browser.requests += strcmp(method, "Network.requestWillBeSent") == 0;
    if (strcmp(method, "Log.entryAdded") != 0 && strcmp(method, "Runtime.exceptionThrown") != 0)
        return;
    ++browser.complaints;
    json_dumpf(json_object_get(message, "params"), stderr, 0);
    fputc('\n', stderr);
}

/* Sends a command, whose parameters are taken over; its result, the caller's; NULL: it says no
 * more. */
static json_t *ask(const char *method, json_t *parameters)
{
    int id = ++browser.sent;
    json_t *command =
        json_pack("{s:i, s:s, s:o}", "id", id, "method", method, "params", parameters);
    if (browser.session[0] != '\0')
        json_object_set_new(command, "sessionId", json_string(browser.session));
    char *text = json_dumps(command, JSON_COMPACT);
    bool sent = write(browser.to, text, strlen(text) + 1) == (ssize_t)strlen(text) + 1;
    free(text);
    json_decref(command);
    while (sent) {
        json_t *message = receive();
        if (message == NULL)
            break;
        note_event(message);
        if (json_integer_value(json_object_get(message, "id")) == id) {
            json_t *result = json_incref(json_object_get(message, "result"));
            if (result == NULL)
                print_error("%s: %s\n", method, json_dumps(message, 0));
            json_decref(message);
            return result;
        }
        json_decref(message);
    }
    return NULL;
}

static void tell(const char *method, json_t *parameters)
{
    json_t *result = ask(method, parameters);
    assert_non_null(result);
    json_decref(result);
}

/* ---- the process ---- */

/* Its messages come in at 3 and go out at 4. */
static void run_chromium(int in, int out)
{
    char profile[64];
    int null = open("/dev/null", O_RDWR);
    snprintf(profile, sizeof profile, "--user-data-dir=%s", browser.profile);
    in = fcntl(in, F_DUPFD, 10);
    out = fcntl(out, F_DUPFD, 10);
    for (int fd = 0; fd < 3; ++fd)
        dup2(null, fd);
    dup2(in, 3);
    dup2(out, 4);
    for (int fd = 5; fd < 64; ++fd)
        close(fd);
    execlp("chromium", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
           "--no-first-run", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--remote-debugging-pipe", profile, "about:blank", (char *)NULL);
    _exit(127);
}

static bool attach(void)
{
    json_t *targets = ask("Target.getTargets", json_object()), *target;
    const char *page = NULL;
    size_t i;
    json_array_foreach(json_object_get(targets, "targetInfos"), i, target)
    {
        if (strcmp(json_string_value(json_object_get(target, "type")), "page") == 0)
            page = json_string_value(json_object_get(target, "targetId"));
    }
    json_t *session = page != NULL ? ask("Target.attachToTarget",
                                         json_pack("{s:s, s:b}", "targetId", page, "flatten", 1))
                                   : NULL;
    const char *id = json_string_value(json_object_get(session, "sessionId"));
    snprintf(browser.session, sizeof browser.session, "%s", id != NULL ? id : "");
    json_decref(session);
    json_decref(targets);
    return browser.session[0] != '\0';
}

bool browser_start(void)
{
    int to[2], from[2];
    strcpy(browser.profile, "/tmp/gradus_chromium_XXXXXX");
    if (system("command -v chromium >/dev/null 2>&1") != 0 || mkdtemp(browser.profile) == NULL)
        return false;
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    browser.pid = fork();
    if (browser.pid == 0)
        run_chromium(to[0], from[1]);
    close(to[0]);
    close(from[1]);
    browser.to = to[1];
    browser.from = from[0];
    signal(SIGPIPE, SIG_IGN);
    if (!attach())
        fail_msg("chromium is installed, but does not answer");
    tell("Page.enable", json_object());
    tell("Network.enable", json_object());
    tell("Runtime.enable", json_object());
    tell("Log.enable", json_object());
    return true;
}

void browser_stop(void)
{
    char command[64];
    if (browser.pid <= 0)
        return;
    close(browser.to);
    close(browser.from);
    kill(browser.pid, SIGTERM);
    waitpid(browser.pid, NULL, 0);
    free(browser.buffer);
    snprintf(command, sizeof command, "rm -rf %s", browser.profile);
    if (system(command) != 0)
        print_error("%s is left behind\n", browser.profile);
    memset(&browser, 0, sizeof browser);
}

/* ---- pages ---- */

void browser_open(const char *file, int width, bool dark)
{
    char url[512], folder[400];
    assert_non_null(getcwd(folder, sizeof folder));
    snprintf(url, sizeof url, "file://%s/%s", folder, file);
    tell("Emulation.setDeviceMetricsOverride",
         json_pack("{s:i, s:i, s:i, s:b}", "width", width, "height", 900, "deviceScaleFactor", 1,
                   "mobile", 0));
    tell("Emulation.setEmulatedMedia",
         json_pack("{s:[{s:s, s:s}]}", "features", "name", "prefers-color-scheme", "value",
                   dark ? "dark" : "light"));
    browser.requests = browser.complaints = 0;
    tell("Page.navigate", json_pack("{s:s}", "url", url));
    for (int i = 0; i < 600 && !browser_is("document.readyState == 'complete'"); ++i)
        poll(NULL, 0, 50);
    assert_true(browser_is("location.protocol == 'file:'"));
}

json_t *browser_value(const char *expression)
{
    json_t *result = ask("Runtime.evaluate",
                         json_pack("{s:s, s:b}", "expression", expression, "returnByValue", 1));
    if (result == NULL || json_object_get(result, "exceptionDetails") != NULL)
        fail_msg("%s: %s", expression, result != NULL ? json_dumps(result, 0) : "no answer");
    json_t *value = json_incref(json_object_get(json_object_get(result, "result"), "value"));
    json_decref(result);
    return value;
}

double browser_number(const char *expression)
{
    json_t *value = browser_value(expression);
    if (!json_is_number(value))
        fail_msg("%s is no number", expression);
    double number = json_number_value(value);
    json_decref(value);
    return number;
}

bool browser_is(const char *expression)
{
    json_t *value = browser_value(expression);
    bool is = json_is_true(value);
    json_decref(value);
    return is;
}

void browser_press(const char *key)
{
    bool enter = strcmp(key, "Enter") == 0;
    for (int up = 0; up < 2; ++up)
        tell("Input.dispatchKeyEvent",
             json_pack("{s:s, s:s, s:s, s:i, s:s}", "type", up ? "keyUp" : "keyDown", "key", key,
                       "code", key, "windowsVirtualKeyCode", enter ? 13 : 9, "text",
                       enter && !up ? "\r" : ""));
}

int browser_requests(void)
{
    browser_is("true"); /* what came until now is read */
    return browser.requests - 1;
}

int browser_complaints(void)
{
    browser_is("true");
    return browser.complaints;
}

void browser_screenshot(const char *path)
{
    char command[600];
    json_t *result = ask("Page.captureScreenshot",
                         json_pack("{s:s, s:b}", "format", "png", "captureBeyondViewport", 1));
    const char *data = json_string_value(json_object_get(result, "data"));
    assert_non_null(data);
    snprintf(command, sizeof command, "base64 -d >'%s'", path);
    FILE *file = popen(command, "w");
    assert_non_null(file);
    fputs(data, file);
    assert_int_equal(pclose(file), 0);
    json_decref(result);
}
