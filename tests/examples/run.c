#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

int run(const char *command, char *output, size_t size)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(output, 1, size - 1, pipe);
    output[length] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    if (at == NULL)
        fail_msg("there is no %s in %s", key, text);
    return strtod(at + strlen(key), NULL);
}

void assert_fails(const char *program, const char *arguments, int status, const char *message)
{
    char command[512], output[4096];
    snprintf(command, sizeof command, "%s %s 2>&1 >/dev/null", program, arguments);
    assert_int_equal(run(command, output, sizeof output), status);
    if (strstr(output, message) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", arguments, output, message);
    if (status == 1)
        assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
}
