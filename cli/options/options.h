/* What a command line says. One struct holds every option's value, one table describes every option:
 * parsing, help, the manual page, completion and the tests go through that table. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <gradus/tensor.h>

typedef struct cli_command cli_command;

/* Texts are NULL and gd_optional is not given where the option is not; a choice is its default then.
 * Everything is checked as far as can be without the table: see cli_kind. */
typedef struct cli_options {
    /* columns */
    const char *target, *targets, *drop, *only, *id, *weight, *categorical, *numeric, *text, *task;
    /* tables */
    const char *format, *delimiter, *decimal, *missing;
    /* No options: of training's table, what parts its fields, what its decimals stood behind, and its format. */
    const char *likely_delimiter, *likely_decimal, *likely_format;
    bool header, no_header;
    /* model */
    const char *model, *hidden, *act, *loss, *class_weight, *pos_weight, *optim, *schedule;
    gd_optional dropout, label_smoothing, lr, weight_decay, clip;
    /* training */
    gd_optional epochs, batch, folds, patience, threads, valid_frac;
    uint64_t seed;
    const char *valid, *group, *checkpoint, *log;
    bool resume, tune_thresholds;
    /* output */
    const char *output;
    bool json, quiet, prob;
    const char *progress, *threshold, *passthrough, *to, *fractions, *out, *name, *data, *report;
    bool no_libm, int8, ascii;
    bool man, completion;

    const cli_command *command;
    int count;       /* of operands */
    char **operands; /* what is no option, in order: pointers into argv */
} cli_options;

/* ---- commands ---- */

/* A bit for each, for the options that it takes. */
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
    CLI_EXPORT = 1 << 8
};

struct cli_command {
    const char *name;
    unsigned bit;
    int (*run)(const cli_options *options); /* the exit code */
    const char
        *operands; /* "MODEL [DATA]": those in brackets may be left out; "FILE...": any number */
    const char *summary; /* a few words, for the list of commands */
    const char *basic;   /* the options that --help shows, "target,drop"; NULL: all */
    const char *
        details; /* paragraphs, separated by empty lines; lines that begin with blanks stay as they are */
};

extern const cli_command cli_command_list[]; /* ends with a NULL name */

const cli_command *cli_find_command(const char *name); /* NULL: there is none */

/* ---- options ---- */

/* What an option takes, and what its member of cli_options is. */
typedef enum cli_kind {
    CLI_FLAG,    /* bool */
    CLI_TEXT,    /* const char *, not empty; so are the following */
    CLI_TEXTS,   /* texts, separated by commas; or empty */
    CLI_FILE,    /* a path */
    CLI_CHOICE,  /* one of `accepts` */
    CLI_NUMBERS, /* numbers in `accepts`, separated by commas; see cli_next_number */
    CLI_WHOLES,  /* the same, whole */
    CLI_WEIGHTS, /* the word before the blank in `accepts`, if there is one; or a number in the range after it; or
                    NAME=NUMBER pairs, separated by commas; see cli_next_weight */
    CLI_CHARACTER, /* one, or "tab" */
    CLI_WHOLE,     /* gd_optional; in `accepts` and at most INT_MAX */
    CLI_NUMBER,    /* gd_optional; in `accepts` */
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
extern const char
    *const cli_group_details[CLI_GROUP_COUNT]; /* what its options have in common; NULL: nothing */

typedef struct cli_option {
    const char *name; /* without the dashes */
    char letter;      /* its short form; 0: none */
    cli_kind kind;
    cli_group group;
    size_t offset;        /* of its value in cli_options */
    unsigned commands;    /* that take it: their bits */
    const char *argument; /* what help calls its value; NULL: a flag */
    const char *accepts;  /* by kind: "auto|plain|none"; a range "[1,inf)" or "[0,1)" */
    const char
        *standard; /* the default, in words; of a choice the very text. NULL: nothing to say */
    const char
        *excludes;    /* options that it cannot be given with, separated by commas; NULL: none */
    const char *help; /* one line if possible: an imperative or a noun phrase */
} cli_option;

extern const cli_option cli_option_list[]; /* ends with a NULL name */

/* Whether the command takes the option. */
bool cli_takes(const cli_command *command, const cli_option *option);

/* ---- parsing ---- */

typedef enum cli_help_kind { CLI_NO_HELP, CLI_SHORT_HELP, CLI_WHOLE_HELP } cli_help_kind;

/* Reads what follows the command's name: GNU long options, `--option value` and `--option=value`, never
 * abbreviated; short ones, `-o value`, `-ovalue`, `-qo value`; options and operands in any order; `--` ends the
 * options; `-` is an operand. Of an option that comes twice the last counts. Operands are moved to the front of
 * argv. CLI_OK, or CLI_USAGE with a message; *help: --help, -h or --help-all came, and nothing after it
 * has been looked at. */
int cli_parse(cli_options *options, const cli_command *command, int argc, char **argv,
              cli_help_kind *help);

/* Reads `text` as the option's value. NULL; or what is expected instead, in `expected`: "a whole number of at
 * least 1". */
const char *cli_read_value(cli_options *options, const cli_option *option, const char *text,
                           char expected[160]);

/* What help says of an option, "Progress on standard error: auto, plain or none (default: auto)". */
void cli_describe_option(char *to, size_t size, const cli_option *option);

/* The next number of a list that was checked, "64,32"; *list moves on. false: there is none. */
bool cli_next_number(const char **list, double *number);

typedef struct cli_weight {
    const char *name; /* not ended by a 0; NULL: the number stands alone */
    size_t length;
    double number;
} cli_weight;

/* The next of "a=1,b=5" or the only one of "5", that were checked; a name that contains a comma stands in double
 * quotes, "\"a, b\"=5". false: there is none. */
bool cli_next_weight(const char **list, cli_weight *weight);

#endif
