/* The options, one row each. */
#include "cli/options/options.h"

const char *const cli_group_names[CLI_GROUP_COUNT] = {"Columns", "Tables", "Model", "Training",
                                                      "Output"};

const char *const cli_group_details[CLI_GROUP_COUNT] = {
    [CLI_COLUMNS] =
        "COLUMNS are separated by commas: names, numbers from 1, ranges such as 104-117 or 104- "
        "(to the last), and patterns such as 'label*' or 'q[1-4]?'. An existing name takes "
        "precedence; a name with a comma stands in double quotes, '\"a, b\",c'. COLUMN must match "
        "one column."};

enum {
    DATA_COMMANDS =
        CLI_TRAIN | CLI_PREDICT | CLI_EVAL | CLI_INSPECT | CLI_SPLIT | CLI_CONVERT | CLI_EXPORT,
    TARGET_COMMANDS = CLI_TRAIN | CLI_INSPECT | CLI_SPLIT,
    FILE_COMMANDS = CLI_TRAIN | CLI_PREDICT | CLI_CONVERT
};

#define AT(member) offsetof(cli_options, member)
/* Those that the library reads, and writes; a test compares. */
#define FORMATS         "csv|tsv|arff|libsvm|fasttext|idx|npy|npz"
#define WRITTEN_FORMATS "csv|tsv|arff|libsvm|fasttext|npy"

/* name, letter, kind, group, where, commands, argument, forms, default, excludes, help */
const cli_option cli_option_list[] = {
    /* ---- columns ---- */
    {"target", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.target), TARGET_COMMANDS, "COLUMN", NULL,
     "the last in CSV", "targets", "Column to predict"},
    {"targets", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.targets), TARGET_COMMANDS, "COLUMNS", NULL, NULL,
     NULL, "Label columns (0/1, yes/no; empty: unknown)"},
    {"drop", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.drop), CLI_TRAIN, "COLUMNS", NULL, NULL, NULL,
     "Columns to leave out"},
    {"only", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.only), CLI_TRAIN, "COLUMNS", NULL, "all others", NULL,
     "Columns to use as features"},
    {"id", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.id), CLI_TRAIN, "COLUMNS", NULL, NULL, NULL,
     "Identifier columns: not used as features, repeated in predictions"},
    {"weight", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.weight), CLI_TRAIN, "COLUMN", NULL, NULL, NULL,
     "Column of sample weights; rows of weight 0 are ignored"},
    {"categorical", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.categorical), CLI_TRAIN, "COLUMNS", NULL,
     "text columns", NULL, "Treat as categorical"},
    {"numeric", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.numeric), CLI_TRAIN, "COLUMNS", NULL,
     "columns of numbers only", NULL, "Columns that must be numeric"},
    {"text", 0, CLI_TEXT, CLI_COLUMNS, AT(fit.text), CLI_TRAIN, "COLUMNS", NULL,
     "columns of mostly different texts of several words", NULL,
     "Free-text columns, which become bag-of-words features"},
    {"task", 0, CLI_CHOICE, CLI_COLUMNS, AT(fit.task), CLI_TRAIN, "TASK",
     "auto|binary|multiclass|multilabel|regression", "auto", NULL, "Task"},

    /* ---- tables ---- */
    {"format", 0, CLI_CHOICE, CLI_TABLES, AT(format), DATA_COMMANDS, "FORMAT", FORMATS, NULL, NULL,
     "Input format if it is not detected"},
    {"delimiter", 0, CLI_CHARACTER, CLI_TABLES, AT(delimiter), DATA_COMMANDS, "CHARACTER", NULL,
     "detected for input, a comma for output", NULL,
     "CSV field delimiter: one character, or the word tab"},
    {"decimal", 0, CLI_CHOICE, CLI_TABLES, AT(decimal), DATA_COMMANDS, "MARK", "auto|.|,", "auto",
     NULL, "Decimal mark in CSV (the other mark separates thousands)"},
    {"missing", 0, CLI_TEXTS, CLI_TABLES, AT(missing), DATA_COMMANDS, "TEXTS", NULL, NULL, NULL,
     "More texts that mark a missing value, quoted or not. Unquoted ?, NA, N/A, n/a, NaN, nan, "
     "null, NULL and None do so, too, unless TEXTS is '' or begins with a comma"},
    {"header", 0, CLI_FLAG, CLI_TABLES, AT(header), DATA_COMMANDS, NULL, NULL, "detected",
     "no-header", "The first line of CSV is a header"},
    {"no-header", 0, CLI_FLAG, CLI_TABLES, AT(no_header), DATA_COMMANDS, NULL, NULL, NULL, NULL,
     "The first line of CSV is a row"},

    /* ---- model ---- */
    {"model", 0, CLI_CHOICE, CLI_MODEL, AT(fit.model), CLI_TRAIN, "MODEL", "auto|logreg|mlp",
     "auto", NULL, "Model type"},
    {"hidden", 0, CLI_TEXT, CLI_MODEL, AT(fit.hidden), CLI_TRAIN, "SIZES", NULL, "64 or 128", NULL,
     "Hidden layer sizes, as 64,32"},
    {"act", 0, CLI_CHOICE, CLI_MODEL, AT(fit.act), CLI_TRAIN, "FUNCTION",
     "relu|tanh|sigmoid|gelu|silu|softplus", "relu", NULL, "Activation function of the mlp"},
    {"dropout", 0, CLI_NUMBER, CLI_MODEL, AT(fit.dropout), CLI_TRAIN, "P", NULL,
     "0; multilabel: 0.5", NULL, "Dropout probability"},
    {"loss", 0, CLI_CHOICE, CLI_MODEL, AT(fit.loss), CLI_TRAIN, "LOSS",
     "auto|ce|nll|bce|bce_with_logits|mse|focal", "auto", NULL, "Loss function"},
    {"class-weight", 0, CLI_TEXT, CLI_MODEL, AT(fit.class_weight), CLI_TRAIN, "WEIGHTS",
     "balanced|NAME=X", "1 each", NULL, "Class weights"},
    {"pos-weight", 0, CLI_TEXT, CLI_MODEL, AT(fit.pos_weight), CLI_TRAIN, "WEIGHTS",
     "auto|X|NAME=X", "1", NULL, "Weight of positive labels"},
    {"label-smoothing", 0, CLI_NUMBER, CLI_MODEL, AT(fit.label_smoothing), CLI_TRAIN, "X", NULL,
     "0", NULL, "Label smoothing"},

    /* ---- training ---- */
    {"epochs", 0, CLI_WHOLE, CLI_TRAINING, AT(fit.epochs), CLI_TRAIN, "N", NULL, "40 to 300", NULL,
     "Maximum number of epochs"},
    {"batch", 0, CLI_WHOLE, CLI_TRAINING, AT(fit.batch), CLI_TRAIN, "N", NULL, "32", NULL,
     "Batch size"},
    {"optim", 0, CLI_CHOICE, CLI_TRAINING, AT(fit.optim), CLI_TRAIN, "NAME",
     "auto|sgd|momentum|adam|adamw|rmsprop|adagrad|lbfgs", "auto", NULL,
     "Optimiser; auto is adamw for mlp, lbfgs for logreg"},
    {"lr", 0, CLI_NUMBER, CLI_TRAINING, AT(fit.lr), CLI_TRAIN, "X", NULL, "the optimiser's", NULL,
     "Learning rate"},
    {"schedule", 0, CLI_CHOICE, CLI_TRAINING, AT(fit.schedule), CLI_TRAIN, "NAME",
     "auto|constant|step|cosine|warmup|plateau|one-cycle", "auto", NULL, "Learning rate schedule"},
    {"weight-decay", 0, CLI_NUMBER, CLI_TRAINING, AT(fit.weight_decay), CLI_TRAIN, "X", NULL,
     "0.01 with adamw, else 0; logreg: the best of four", NULL, "Weight decay (L2 regularisation)"},
    {"clip", 0, CLI_NUMBER, CLI_TRAINING, AT(fit.clip), CLI_TRAIN, "X", NULL, "none", NULL,
     "Clip the global gradient norm to X"},
    {"patience", 0, CLI_WHOLE, CLI_TRAINING, AT(fit.patience), CLI_TRAIN, "N", NULL, "20", NULL,
     "Early stopping after N epochs without improvement in validation loss"},
    {"valid", 0, CLI_FILE, CLI_TRAINING, AT(valid), CLI_TRAIN, "FILE", NULL, NULL,
     "valid-frac,folds", "Table of validation rows"},
    {"valid-frac", 0, CLI_NUMBER, CLI_TRAINING, AT(fit.valid_frac), CLI_TRAIN, "X", NULL,
     "five folds; 0.1 of a large table", "folds", "Fraction of rows held out for validation"},
    {"folds", 0, CLI_WHOLE, CLI_TRAINING, AT(fit.folds), CLI_TRAIN, "K", NULL, "5", NULL,
     "Cross-validation folds; the best candidate is retrained on all rows"},
    {"group", 0, CLI_TEXT, CLI_TRAINING, AT(fit.group), CLI_TRAIN | CLI_SPLIT, "COLUMN", NULL, NULL,
     NULL, "Keep rows with the same value in this column together when splitting"},
    {"seed", 0, CLI_SEED, CLI_TRAINING, AT(fit.seed), CLI_TRAIN | CLI_SPLIT, "N", NULL, "0", NULL,
     "Random seed"},
    {"threads", 0, CLI_WHOLE, CLI_TRAINING, AT(threads), CLI_TRAIN, "N", NULL,
     "GRADUS_THREADS, or the available processors", NULL,
     "Threads to train on; they do not change the model"},
    {"tune-thresholds", 0, CLI_FLAG, CLI_TRAINING, AT(fit.tune_thresholds), CLI_TRAIN, NULL, NULL,
     "0.5", NULL,
     "Tune thresholds on the validation rows: for the best F1 of each label, or for the best mean "
     "F1 of two classes"},
    {"checkpoint", 0, CLI_FILE, CLI_TRAINING, AT(fit.checkpoint), CLI_TRAIN, "DIR", NULL, NULL,
     NULL, "Directory for checkpoints of the training run"},
    {"resume", 0, CLI_FLAG, CLI_TRAINING, AT(fit.resume), CLI_TRAIN, NULL, NULL, NULL, NULL,
     "Resume training from the checkpoint"},
    {"log", 0, CLI_FILE, CLI_TRAINING, AT(log), CLI_TRAIN, "FILE", NULL, NULL, NULL,
     "Write a log with one JSON object per epoch"},
    {"trace", 0, CLI_FILE, CLI_TRAINING, AT(trace), CLI_TRAIN, "FILE", NULL, NULL, NULL,
     "Write a trace of the first steps of the last training run, for gradus trace"},

    /* ---- output ---- */
    {"output", 'o', CLI_FILE, CLI_OUTPUT, AT(output),
     CLI_TRAIN | CLI_PREDICT | CLI_PLOT | CLI_EXPORT | CLI_TRACE, "FILE", NULL, NULL, NULL,
     "Output file"},
    {"prob", 0, CLI_FLAG, CLI_OUTPUT, AT(prob), CLI_PREDICT, NULL, NULL, NULL, NULL,
     "Also write the probability of each class or label"},
    {"threshold", 0, CLI_TEXT, CLI_OUTPUT, AT(threshold), CLI_PREDICT | CLI_EVAL, "X", "X|NAME=X",
     "the model's", NULL,
     "Predict a label if its probability is above the threshold, for all labels or by name"},
    {"passthrough", 0, CLI_TEXT, CLI_OUTPUT, AT(passthrough), CLI_PREDICT, "COLUMNS", NULL, NULL,
     NULL,
     "Input columns to repeat in the output: names, numbers from 1, ranges such as 104-117, "
     "patterns such as 'label*'; a name with a comma stands in double quotes"},
    {"fractions", 0, CLI_TEXT, CLI_OUTPUT, AT(fractions), CLI_SPLIT, "X,..", NULL, NULL, NULL,
     "Fraction of the rows in each output file, such as 0.8,0.2"},
    {"out", 0, CLI_TEXT, CLI_OUTPUT, AT(out), CLI_SPLIT, "FILE,..", NULL, NULL, NULL,
     "Output files, one for each fraction"},
    {"to", 0, CLI_CHOICE, CLI_OUTPUT, AT(to), CLI_CONVERT, "FORMAT", WRITTEN_FORMATS, NULL, NULL,
     "Output format if the file name does not determine it"},
    {"report", 0, CLI_FILE, CLI_OUTPUT, AT(report), CLI_TRAIN | CLI_EVAL, "FILE", NULL, NULL, NULL,
     "Write an HTML report with curves and scores"},
    {"ascii", 0, CLI_FLAG, CLI_OUTPUT, AT(ascii), CLI_PLOT, NULL, NULL, NULL, NULL,
     "Draw with characters instead of SVG, as wide as the terminal or 80 columns"},
    {"to", 0, CLI_CHOICE, CLI_OUTPUT, AT(to), CLI_EXPORT, "FORM", "c|onnx", NULL, NULL,
     "Output format if the file name does not determine it"},
    {"name", 0, CLI_TEXT, CLI_OUTPUT, AT(name), CLI_EXPORT, "NAME", NULL, "the file's name", NULL,
     "Prefix of all names in the C code"},
    {"int8", 0, CLI_FLAG, CLI_OUTPUT, AT(int8), CLI_EXPORT, NULL, NULL, NULL, NULL,
     "Quantise the weights of the C code to 8 bits and print the change in predictions"},
    {"data", 0, CLI_FILE, CLI_OUTPUT, AT(data), CLI_EXPORT, "TABLE", NULL, NULL, NULL,
     "Table on which to measure the accuracy lost by --int8 (micro F1 of labels, RMSE of numbers)"},
    {"no-libm", 0, CLI_FLAG, CLI_OUTPUT, AT(no_libm), CLI_EXPORT, NULL, NULL, NULL, NULL,
     "C code without <math.h>: its own e^x has a relative error below 3e-7"},
    {"json", 0, CLI_FLAG, CLI_OUTPUT, AT(json), CLI_TRAIN | CLI_EVAL | CLI_INSPECT | CLI_VERSION,
     NULL, NULL, NULL, NULL, "Print the result as one JSON object"},
    {"progress", 0, CLI_CHOICE, CLI_OUTPUT, AT(progress), CLI_TRAIN, "HOW", "auto|plain|none",
     "auto", NULL, "Progress display on standard error"},
    {"quiet", 'q', CLI_FLAG, CLI_OUTPUT, AT(quiet), CLI_TRAIN, NULL, NULL, NULL, NULL,
     "Print only warnings, errors and --json output"},
    {"svg", 0, CLI_WHOLE, CLI_OUTPUT, AT(svg), CLI_TRACE, "N", "[0,inf)", NULL, NULL,
     "Write the graph at step N as an SVG picture instead of the page"},
    {"source", 0, CLI_FILE, CLI_OUTPUT, AT(source), CLI_TRACE | CLI_STEP, "DIR", NULL,
     "the trace's own", NULL, "Read the program's source files from this directory"},
    {"man", 0, CLI_FLAG, CLI_OUTPUT, AT(man), CLI_HELP, NULL, NULL, NULL, "completion",
     "Print the manual page"},
    {"completion", 0, CLI_FLAG, CLI_OUTPUT, AT(completion), CLI_HELP, NULL, NULL, NULL, NULL,
     "Print the completion script for bash"},
    {.name = NULL}};
