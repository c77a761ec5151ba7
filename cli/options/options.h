/* The command line. One struct holds every option's value, one table describes every option:
 * parsing, help, the manual page, completion and the tests go through that table. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <gradus/fit.h>

typedef struct cli_command cli_command;

/* An option that is not given is NULL, or a gd_optional that is not given. Parsing checks the form
 * of a value, see cli_kind; gd_fit_check_options checks what the library accepts. */
typedef struct cli_options {
    gd_fit_options fit; /* columns, model and training: what the library takes */
    /* tables */
    const char *format, *delimiter, *decimal, *missing;
    bool header, no_header;
    /* training */
    gd_optional threads;
    const char *valid, *log, *trace;
    /* output */
    const char *output;
    bool json, quiet, prob;
    const char *progress, *threshold, *passthrough, *to, *fractions, *out, *name, *data, *report;
    bool no_libm, int8, ascii;
    bool man, completion;
    /* traces */
    const char *source;
    gd_optional svg;

    const cli_command *command;
    int count;       /* of operands */
    char **operands; /* the other arguments, in order: pointers into argv */
} cli_options;

/* ---- commands ---- */

/* One bit per command; an option has the bits of the commands that accept it. */
enum {
    CLI_TRAIN = 1 << 0,
    CLI_PREDICT = 1 << 1,
    CLI_EVAL = 1 << 2,
    CLI_INSPECT = 1 << 3,
    CLI_SPLIT = 1 << 4,
    CLI_CONVERT = 1 << 5,
    CLI_VERSION = 1 << 6,
    CLI_HELP = 1 << 7,
    CLI_PLOT = 1 << 9,
    CLI_EXPORT = 1 << 8,
    CLI_TRACE = 1 << 10,
    CLI_STEP = 1 << 11
};

struct cli_command {
    const char *name;
    unsigned bit;
    int (*run)(const cli_options *options); /* the exit code */
    const char
        *operands; /* "MODEL [DATA]": operands in brackets are optional; "FILE...": any number */
    const char *summary; /* a few words, for the list of commands */
    const char *basic;   /* the options that --help shows, "target,drop"; NULL: all */
    const char *details; /* paragraphs, separated by empty lines; indented lines are not reflowed */
};

extern const cli_command cli_command_list[]; /* ends with a NULL name */

const cli_command *cli_find_command(const char *name); /* NULL: unknown */

/* ---- options ---- */

/* The values of an option, and the type of its member in cli_options. */
typedef enum cli_kind {
    CLI_FLAG,      /* bool */
    CLI_TEXT,      /* const char *, not empty; also the kinds below */
    CLI_TEXTS,     /* texts, separated by commas; or empty */
    CLI_FILE,      /* a path */
    CLI_CHOICE,    /* one of `accepts` */
    CLI_CHARACTER, /* one character, or "tab" */
    CLI_WHOLE,     /* gd_optional, at most INT_MAX */
    CLI_NUMBER,    /* gd_optional, finite */
    CLI_SEED       /* uint64_t */
} cli_kind;

typedef enum cli_group {
    CLI_COLUMNS,
    CLI_TABLES,
    CLI_MODEL,
    CLI_TRAINING,
    CLI_OUTPUT,
    CLI_GROUP_COUNT
} cli_group;

extern const char *const cli_group_names[CLI_GROUP_COUNT];
extern const char *const
    cli_group_details[CLI_GROUP_COUNT]; /* a text about all options of the group; NULL: none */

typedef struct cli_option {
    const char *name; /* without the dashes */
    char letter;      /* its short form; 0: none */
    cli_kind kind;
    cli_group group;
    size_t offset;        /* of its value in cli_options */
    unsigned commands;    /* bits of the commands that accept it */
    const char *argument; /* name of the value in help; NULL: a flag */
    const char *accepts;  /* its forms, "auto|plain|none", for help; NULL: not listed */
    const char *standard; /* the default, in words; for a choice the exact text; NULL: none */
    const char
        *excludes;    /* options that cannot be combined with it, separated by commas; NULL: none */
    const char *help; /* one line if possible: an imperative or a noun phrase */
} cli_option;

extern const cli_option cli_option_list[]; /* ends with a NULL name */

/* Whether the command accepts the option. */
bool cli_takes(const cli_command *command, const cli_option *option);

/* ---- parsing ---- */

typedef enum cli_help_kind { CLI_NO_HELP, CLI_SHORT_HELP, CLI_WHOLE_HELP } cli_help_kind;

/* Parses the arguments after the command's name: GNU long options, `--option value` and
 * `--option=value`, never abbreviated; short ones, `-o value`, `-ovalue`, `-qo value`; options and
 * operands in any order; `--` ends the options; `-` is an operand. If an option is given twice,
 * the last one counts. Operands are moved to the front of argv. Returns CLI_OK, or CLI_USAGE with
 * a message. *help: --help, -h or --help-all was found; the arguments after it are ignored. */
int cli_parse(cli_options *options, const cli_command *command, int argc, char **argv,
              cli_help_kind *help);

/* Parses `text` as the option's value. NULL on success, else a description of the accepted values
 * in `expected`: "a whole number of at least 1". */
const char *cli_read_value(cli_options *options, const cli_option *option, const char *text,
                           char expected[160]);

/* Writes the help text of an option, "Progress on standard error: auto, plain or none (default:
 * auto)". */
void cli_describe_option(char *to, size_t size, const cli_option *option);

#endif
