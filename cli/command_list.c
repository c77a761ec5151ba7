/* Every command there is: a row each. */
#include "cli/cli.h"

#include <gradus/data.h>

#include <string.h>

const cli_command cli_command_list[] = {
    {"train", CLI_TRAIN, cli_train, "TABLE", "make a model of a table",
     "Learns to predict a column of the table, or several labels, from the others, and writes the "
     "model to "
     "the file of --output. Without options the last column is predicted; texts become features of "
     "0 and 1, "
     "missing values are filled in, numbers are standardised, all of which the model remembers; "
     "and a linear "
     "model, a network with a hidden layer and the mean of both compete in a cross-validation, "
     "whose winner is "
     "trained on all rows.\n\n"
     "  gradus train iris.csv -o iris.safetensors\n"
     "  gradus train houses.csv --target price --drop id -o houses.safetensors"},
    {"predict", CLI_PREDICT, cli_predict, "MODEL [TABLE]",
     "what a model says of the rows of a table",
     "Writes CSV: the columns that are passed through, the prediction, and with --prob the "
     "probability of "
     "each class or label. Columns are found by their names, in any order. Without a table "
     "standard input is "
     "read.\n\n"
     "  head -5 iris.csv | gradus predict iris.safetensors"},
    {"eval", CLI_EVAL, cli_eval, "MODEL TABLE", "how good a model is on a table",
     "Compares what the model says with what the table has in the target's columns. Definitions "
     "are those of "
     "scikit-learn.\n\n"
     "  gradus eval iris.safetensors more.csv --json"},
    {"export", CLI_EXPORT, cli_export_model, "MODEL", "a model in a form that needs no gradus",
     "Writes C99, a function with constant weights, without heap, files or recursion, and a header "
     "that says how it is called; "
     "ONNX; arrays of NumPy; or JSON. All hold the preprocessing, and say what predict says. "
     "docs/export.md describes each form.\n\n"
     "  gradus export iris.safetensors -o iris.c\n"
     "  cc -std=c99 -DIRIS_SELF_TEST iris.c -lm && ./a.out\n"
     "  gradus export iris.safetensors -o iris.onnx"},
    {"inspect", CLI_INSPECT, cli_inspect, "DATA",
     "what a table holds and what is odd about it; what a model is",
     "Prints what the columns of a table hold: numbers or texts, how many are missing, their range "
     "or "
     "how often each comes; of several targets of 0 and 1, how many labels a row has. Then what "
     "should be looked at before training: columns that are constant, empty or nearly so, texts "
     "that are different in nearly every row, a few texts among numbers, classes that are rare, "
     "columns that alone say what the target is. A model is told by its content: printed are its "
     "columns and their levels, layers, classes, thresholds, and how it was trained.\n"
     "\n"
     "  gradus inspect iris.csv\n"
     "  gradus inspect iris.safetensors\n"
     "  gradus inspect --json yeast.arff | jq .labels.cardinality"},
    {"plot", CLI_PLOT, cli_plot, "LOG...", "the curves of training, from what train --log wrote",
     "Draws the losses and the score after each epoch: SVG, light or dark as its reader has it, or "
     "characters. Of each log it takes the stage that is judged on validation rows for the most "
     "epochs; where none is, the longest. Another stage is what a filter leaves.\n"
     "\n"
     "  gradus plot run.jsonl -o curves.svg\n"
     "  gradus plot --ascii a.jsonl b.jsonl\n"
     "  grep '\"logreg-1\"' run.jsonl | gradus plot --ascii -"},
    {"split", CLI_SPLIT, cli_split, "DATA", "the rows of a table, dealt out to several files",
     "Deals the rows of a table out to several files at random, as they stand and in their order; "
     "only what stands for a missing value becomes an empty field. "
     "Where "
     "one target has classes, each file gets its share of each class. With --group all rows of a "
     "group "
     "go into the same file, and the shares are as near as that allows. Fractions of less than 1 "
     "together leave rows out. The files' names tell their format.\n"
     "\n"
     "  gradus split iris.csv --fractions 0.8,0.2 --out train.csv,test.csv"},
    {"convert", CLI_CONVERT, cli_convert, "IN [OUT]", "a table in another format",
     "Writes a table in the format that the name of OUT or --to tells. Texts and numbers stay as "
     "they "
     "are written, where the format can hold them. Without OUT, standard output.\n"
     "\n"
     "  gradus convert iris.arff iris.csv\n"
     "  curl -s https://example.org/t.csv.gz | gradus convert - --to libsvm >t.libsvm"},
    {"version", CLI_VERSION, cli_version, "", "which gradus this is, and what it computes with",
     "Prints the version, the BLAS library in use with its kernel and its threads, and those of "
     "the "
     "processor's features that Gradus has kernels for."},
    {"help", CLI_HELP, cli_help, "[COMMAND]", "the commands, or the options of one",
     "Prints the list of commands, or what a command does and takes."},
    {.name = NULL}};

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
        cli_error(CLI_USAGE, "there is no command \"%s\"; did you mean %s?", name, nearest);
    else
        cli_error(CLI_USAGE, "there is no command \"%s\"", name);
    fputs("Try `gradus help`.\n", stderr);
    return CLI_USAGE;
}
