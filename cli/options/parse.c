/* Finds a command, and parses its options and operands into cli_options. */
#include "cli/cli.h"

#include <gradus/data.h>

#include <string.h>

const cli_command *cli_find_command(const char *name)
{
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static const char *name_at(const void *context, int index)
{
    (void)context;
    return cli_command_list[index].name;
}

int cli_unknown_command(const char *name)
{
    const char *nearest = gd_nearest_name(name, name_at, NULL);
    if (nearest != NULL)
        cli_error(CLI_USAGE, "unknown command \"%s\"; did you mean %s?", name, nearest);
    else
        cli_error(CLI_USAGE, "unknown command \"%s\"", name);
    fputs("Try `gradus help`.\n", stderr);
    return CLI_USAGE;
}

bool cli_takes(const cli_command *command, const cli_option *option)
{
    return (option->commands & command->bit) != 0;
}

enum { MOST_OPTIONS = 128 };

typedef struct parser {
    cli_options *options;
    int argc, at; /* at: the argument that is being read */
    char **argv;
    cli_help_kind help;
    bool given[MOST_OPTIONS]; /* by their place in cli_option_list */
} parser;

static bool is_given(const parser *p, const cli_option *option)
{
    return p->given[option - cli_option_list];
}

/* The name of the command's option number `index`. */
static const char *option_name(const void *command, int index)
{
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (cli_takes(command, o) && index-- == 0)
            return o->name;
    return index == 0 ? "help" : NULL;
}

static const cli_option *find_option(const cli_command *command, const char *name, size_t length)
{
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (cli_takes(command, o) && strlen(o->name) == length &&
            memcmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

static const cli_option *find_letter(const cli_command *command, char letter)
{
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (cli_takes(command, o) && o->letter == letter)
            return o;
    return NULL;
}

/* The next argument, as the value of an option. NULL: there is none, or it is an option's name, so
 * that the value was forgotten. */
static const char *next_argument(parser *p)
{
    const char *next = p->at + 1 < p->argc ? p->argv[p->at + 1] : NULL;
    if (next == NULL || (strncmp(next, "--", 2) == 0 &&
                         (next[2] == '\0' || find_option(p->options->command, next + 2,
                                                         strcspn(next + 2, "=")) != NULL)))
        return NULL;
    ++p->at;
    return next;
}

/* `value` as it stands with the option; NULL: it is still to come. */
static int read_option(parser *p, const cli_option *option, const char *value)
{
    char expected[160];
    if (value == NULL && option->argument != NULL)
        value = next_argument(p);
    if (value == NULL && option->argument != NULL)
        return cli_usage_error(p->options, "--%s needs a value: --%s %s", option->name,
                               option->name, option->argument);
    const char *wrong = cli_read_value(p->options, option, value, expected);
    if (wrong != NULL)
        return cli_usage_error(p->options, "--%s takes %s, not \"%s\"", option->name, wrong, value);
    p->given[option - cli_option_list] = true;
    return CLI_OK;
}

static int read_long(parser *p)
{
    const char *name = p->argv[p->at] + 2, *equals = strchr(name, '=');
    const cli_command *command = p->options->command;
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const cli_option *option = find_option(command, name, length);
    if (strcmp(name, "help") == 0 || strcmp(name, "help-all") == 0) {
        p->help = name[4] == '\0' ? CLI_SHORT_HELP : CLI_WHOLE_HELP;
        return CLI_OK;
    }
    if (option == NULL) {
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)length, name);
        const char *nearest = gd_nearest_name(word, option_name, command);
        return cli_usage_error(p->options, "unknown option --%.*s%s%s%s", (int)length, name,
                               nearest != NULL ? "; did you mean --" : "",
                               nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    }
    if (equals != NULL && option->argument == NULL)
        return cli_usage_error(p->options, "--%s takes no value", option->name);
    return read_option(p, option, equals != NULL ? equals + 1 : NULL);
}

/* Where one dash has been forgotten the long name is in the message. */
static int unknown_letter(parser *p, char letter)
{
    const char *name = p->argv[p->at] + 1;
    const cli_option *meant = find_option(p->options->command, name, strcspn(name, "="));
    if (meant != NULL)
        return cli_usage_error(p->options, "unknown option -%c; did you mean --%s?", letter,
                               meant->name);
    return cli_usage_error(p->options, "unknown option -%c", letter);
}

/* -o FILE, -oFILE, and several letters together. */
static int read_short(parser *p)
{
    for (const char *at = p->argv[p->at] + 1; *at != '\0'; ++at) {
        const cli_option *option = find_letter(p->options->command, *at);
        if (*at == 'h') {
            p->help = CLI_SHORT_HELP;
            return CLI_OK;
        }
        if (option == NULL)
            return unknown_letter(p, *at);
        bool joined = option->argument != NULL && at[1] != '\0';
        int code = read_option(p, option, joined ? at + 1 : NULL);
        if (code != CLI_OK || option->argument != NULL)
            return code;
    }
    return CLI_OK;
}

/* ---- checks of the whole command line ---- */

static int check_exclusions(const parser *p)
{
    const cli_options *options = p->options;
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        if (o->excludes == NULL || !is_given(p, o))
            continue;
        for (const char *at = o->excludes; *at != '\0';) {
            size_t n = strcspn(at, ",");
            const cli_option *other = find_option(options->command, at, n);
            if (other != NULL && is_given(p, other))
                return cli_usage_error(options, "--%s and --%s cannot be combined", o->name,
                                       other->name);
            at += n + (at[n] == ',');
        }
    }
    return CLI_OK;
}

/* "MODEL [DATA]": each word takes one operand, one that ends with "..." all that are left. */
static int check_operands(const cli_options *options)
{
    int count = 0;
    for (const char *at = options->command->operands; *at != '\0'; ++count) {
        size_t n = strcspn(at, " ");
        if (count >= options->count && at[0] != '[')
            return cli_usage_error(options, "%.*s is missing", (int)n, at);
        if (n > 3 && memcmp(at + n - 3, "...", 3) == 0)
            return CLI_OK;
        at += n + strspn(at + n, " ");
    }
    if (options->count > count)
        return cli_usage_error(options, "unexpected operand \"%s\"", options->operands[count]);
    return CLI_OK;
}

int cli_parse(cli_options *options, const cli_command *command, int argc, char **argv,
              cli_help_kind *help)
{
    parser p = {.options = options, .argc = argc, .argv = argv};
    int code = CLI_OK;
    *options = (cli_options){.command = command, .operands = argv};
    bool ended = false; /* by -- */
    for (; p.at < argc && code == CLI_OK && !p.help; ++p.at) {
        char *argument = argv[p.at];
        if (ended || argument[0] != '-' || argument[1] == '\0')
            argv[options->count++] = argument;
        else if (strcmp(argument, "--") == 0)
            ended = true;
        else
            code = argument[1] == '-' ? read_long(&p) : read_short(&p);
    }
    *help = p.help;
    if (code == CLI_OK && !p.help)
        code = check_exclusions(&p);
    return code != CLI_OK || p.help ? code : check_operands(options);
}
