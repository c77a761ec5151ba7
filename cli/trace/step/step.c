/* gradus step: reads commands and goes from step to step. */
#include "cli/trace/step/step.h"
#include "cli/cli.h"
#include "cli/system/print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 1000 };

/* ---- going ---- */

static void go(step_session *s, int64_t step)
{
    int64_t last = s->view.n_steps - 1;
    bool beyond = step < 0 || step > last;
    s->at = step < 0 ? 0 : step > last ? last : step;
    if (beyond)
        printf(step < 0 ? "This is the first step.\n" : "This is the last step.\n");
    step_show(s);
}

/* A whole number; `otherwise` if the text is empty. false: neither. */
static bool read_whole(const char *text, int64_t otherwise, int64_t *value)
{
    char *end;
    *value = otherwise;
    if (*text == '\0')
        return otherwise >= 0;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *value >= 0;
}

static void go_by(step_session *s, const char *count, int sign)
{
    int64_t n;
    if (!read_whole(count, 1, &n) || n > s->view.n_steps)
        step_refuse(s, "next and back take a number of steps, not \"%s\"", count);
    else
        go(s, s->at + sign * n);
}

static void next(step_session *s, const char *count)
{
    go_by(s, count, 1);
}

static void back(step_session *s, const char *count)
{
    go_by(s, count, -1);
}

static void go_to(step_session *s, const char *step)
{
    int64_t n;
    if (!read_whole(step, -1, &n) || n >= s->view.n_steps)
        step_refuse(s, "goto takes the number of a step, 0 to %lld, not \"%s\"",
                    (long long)s->view.n_steps - 1, step);
    else
        go(s, n);
}

/* ---- commands ---- */

static void list(step_session *s, const char *none)
{
    (void)none;
    step_list(s);
}

static void delete (step_session *s, const char *none)
{
    (void)none;
    step_delete(s);
}

static void proceed(step_session *s, const char *none)
{
    (void)none;
    step_continue(s);
}

static void help(step_session *s, const char *none);

typedef struct command {
    const char *name, *abbreviation, *takes, *does;
    void (*run)(step_session *s, const char *rest); /* NULL: quit */
} command;

static const command commands[] = {
    {"next", "n", "[N]", "go on by one step, or N", next},
    {"back", "b", "[N]", "go back by one step, or N", back},
    {"goto", "g", "N", "go to step N", go_to},
    {"print", "p", "NAME[I]", "show value and gradient of a tensor, or of an element", step_print},
    {"why", "w", "NAME[I]", "show what an element of a gradient or value came from", step_why},
    {"list", "l", "", "show the source around the step", list},
    {"watch", "", "NAME", "stop where the gradient of NAME changes", step_watch},
    {"break", "br", "LINE", "stop at a line, FILE:LINE, or nan: a number is not finite",
     step_break},
    {"continue", "c", "", "go on to the next stop", proceed},
    {"delete", "d", "", "forget all stops", delete},
    {"help", "h", "", "show this list", help},
    {"quit", "q", "", "leave; so does the end of input", NULL}};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(step_session *s, const char *none)
{
    (void)s, (void)none;
    for (int i = 0; i < COMMANDS; ++i) {
        const command *c = &commands[i];
        char form[40];
        snprintf(form, sizeof form, "%s %s", c->name, c->takes);
        printf("  %-16s %-3s %s\n", form, c->abbreviation, c->does);
    }
    step_put(2, "An empty line repeats next, back, list or continue. da[0] is element 0 of the "
                "gradient of a.");
}

/* The command of that name, abbreviation, or unambiguous beginning; NULL: none. */
static const command *find_command(const char *name, size_t length)
{
    const command *found = NULL;
    int count = 0;
    for (int i = 0; i < COMMANDS; ++i) {
        const command *c = &commands[i];
        if (length == strlen(c->abbreviation) && strncmp(c->abbreviation, name, length) == 0)
            return c;
        if (length > 0 && strncmp(c->name, name, length) == 0) {
            found = c;
            ++count;
        }
    }
    return count == 1 ? found : NULL;
}

static bool can_repeat(const command *c)
{
    return c->run == next || c->run == back || c->run == list || c->run == proceed;
}

/* Runs one line. false: quit. */
static bool run_line(step_session *s, char *line, char *last)
{
    char *end = line + strlen(line);
    while (end > line && strchr(" \t\r\n", end[-1]) != NULL)
        *--end = '\0';
    line += strspn(line, " \t");
    if (*line == '\0')
        line = last;
    size_t length = strcspn(line, " \t");
    const char *rest = line + length + strspn(line + length, " \t");
    const command *c = find_command(line, length);
    if (*line == '\0' || *line == '#')
        return true;
    if (c == NULL)
        step_refuse(s, "There is no command \"%.*s\"; help lists them.", (int)length, line);
    else if (c->run == NULL)
        return false;
    else
        c->run(s, rest);
    if (line != last)
        snprintf(last, LINE, "%s", c != NULL && can_repeat(c) ? line : "");
    return true;
}

/* false: the end of input. A line that Ctrl-C has ended is empty. */
static bool read_line(char *line, bool terminal)
{
    step_is_interrupted(true);
    if (terminal)
        printf("(step) ");
    fflush(stdout);
    if (fgets(line, LINE, stdin) != NULL) {
        for (int c = 0; strchr(line, '\n') == NULL && c != EOF && c != '\n';)
            c = getchar();         /* what is too long for a command */
        step_is_interrupted(true); /* before the line was there */
        return true;
    }
    if (!step_is_interrupted(false) || feof(stdin))
        return false;
    clearerr(stdin);
    printf("\n");
    line[0] = '#';
    line[1] = '\0';
    return true;
}

static int run_commands(step_session *s)
{
    char line[LINE], last[LINE] = "";
    bool terminal = isatty(STDIN_FILENO) != 0;
    if (terminal)
        step_catch_interrupts();
    step_show(s);
    while (read_line(line, terminal) && run_line(s, line, last))
        ;
    if (fflush(stdout) != 0 || ferror(stdout))
        return cli_error(CLI_RUNTIME, "standard output: %s", strerror(errno));
    return s->refused && !terminal ? CLI_USAGE : CLI_OK;
}

int cli_step(const cli_options *options)
{
    step_session s = {.at = 0};
    gd_recording *recording =
        gd_trace_read(options->operands[0], &(gd_trace_read_options){.source = options->source});
    if (recording == NULL)
        return cli_check(gd_message_status());
    if (recording->damage != NULL)
        cli_warn("%s", recording->damage);
    s.r = recording;
    trace_view_create(&s.view, recording);
    int code = s.view.n_steps > 0
                   ? run_commands(&s)
                   : cli_error(CLI_DATA, "%s: no event was recorded", options->operands[0]);
    step_delete(&s);
    gd_replay_destroy(s.replay);
    trace_view_destroy(&s.view);
    gd_recording_destroy(recording);
    return code;
}
