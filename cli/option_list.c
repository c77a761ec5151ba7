/* Every option there is: a row each. */
#include "cli/options.h"

const char *const cli_group_names[CLI_GROUP_COUNT] = {"Columns", "Tables", "Model", "Training",
                                                      "Output"};

const char *const cli_group_details[CLI_GROUP_COUNT] = {
    [CLI_COLUMNS] =
        "COLUMNS are separated by commas: names, numbers from 1, ranges such as 104-117 or 104- "
        "(to the last), and patterns such as 'label*' or 'q[1-4]?'. A name that is there wins "
        "over all else; one with a comma in it stands in double quotes, '\"a, b\",c'. COLUMN is "
        "one of these that fits one column."};

enum {
    DATA_COMMANDS =
        CLI_TRAIN | CLI_PREDICT | CLI_EVAL | CLI_INSPECT | CLI_SPLIT | CLI_CONVERT | CLI_EXPORT,
    TARGET_COMMANDS = CLI_TRAIN | CLI_INSPECT | CLI_SPLIT,
    FILE_COMMANDS = CLI_TRAIN | CLI_PREDICT | CLI_CONVERT
};

#define AT(member) offsetof(cli_options, member)
#define FORMATS                                                                                    \
    "csv|tsv|arff|libsvm|fasttext|idx|npy|npz" /* those of the library; a test compares */

/* name, letter, kind, group, where, commands, argument, what is accepted, default, excludes, help */
const cli_option cli_option_list[] = {
    /* ---- columns ---- */
    {"target", 0, CLI_TEXT, CLI_COLUMNS, AT(target), TARGET_COMMANDS, "COLUMN", NULL,
     "what the format says, in CSV the last column", "targets", "The column to predict"},
    {"targets", 0, CLI_TEXT, CLI_COLUMNS, AT(targets), TARGET_COMMANDS, "COLUMNS", NULL, NULL, NULL,
     "Several columns to predict: labels of 0 and 1, yes and no, or unknown where a cell is empty"},
    {"drop", 0, CLI_TEXT, CLI_COLUMNS, AT(drop), CLI_TRAIN, "COLUMNS", NULL, NULL, NULL,
     "Columns that are left out"},
    {"only", 0, CLI_TEXT, CLI_COLUMNS, AT(only), CLI_TRAIN, "COLUMNS", NULL, "all others", NULL,
     "The columns to predict from"},
    {"id", 0, CLI_TEXT, CLI_COLUMNS, AT(id), CLI_TRAIN, "COLUMNS", NULL, NULL, NULL,
     "Columns that name the rows: nothing is predicted from them, predictions repeat them"},
    {"weight", 0, CLI_TEXT, CLI_COLUMNS, AT(weight), CLI_TRAIN, "COLUMN", NULL, NULL, NULL,
     "Weight of each row in the loss; a row of weight 0 counts as absent"},
    {"categorical", 0, CLI_TEXT, CLI_COLUMNS, AT(categorical), CLI_TRAIN, "COLUMNS", NULL,
     "those with texts", NULL,
     "Treat these columns as categorical: each text is a level, byte for byte, even if it looks "
     "like "
     "a number; of a target, a class"},
    {"numeric", 0, CLI_TEXT, CLI_COLUMNS, AT(numeric), CLI_TRAIN, "COLUMNS", NULL,
     "those with numbers alone", NULL, "Columns that must hold numbers"},
    {"text", 0, CLI_TEXT, CLI_COLUMNS, AT(text), CLI_TRAIN, "COLUMNS", NULL,
     "those where most cells have several words and hardly any comes again", NULL,
     "Columns of free text, whose words become features"},
    {"task", 0, CLI_CHOICE, CLI_COLUMNS, AT(task), CLI_TRAIN, "TASK",
     "auto|binary|multiclass|multilabel|regression", "auto", NULL, "What is to be predicted"},

    /* ---- tables ---- */
    {"format", 0, CLI_CHOICE, CLI_TABLES, AT(format), DATA_COMMANDS, "FORMAT", FORMATS, NULL, NULL,
     "The format of the data, where neither content nor name tell it"},
    {"delimiter", 0, CLI_CHARACTER, CLI_TABLES, AT(delimiter), DATA_COMMANDS, "CHARACTER", NULL,
     "found out when read, a comma when written", NULL,
     "What separates the fields of CSV, read or written: a character, or the word tab"},
    {"decimal", 0, CLI_CHOICE, CLI_TABLES, AT(decimal), DATA_COMMANDS, "MARK", "auto|.|,", "auto",
     NULL,
     "The decimal mark of CSV, where the other one separates thousands; auto is a point, or what "
     "fits all cells of a column"},
    {"missing", 0, CLI_TEXTS, CLI_TABLES, AT(missing), DATA_COMMANDS, "TEXTS", NULL, NULL, NULL,
     "Further texts that stand for a missing value, also in quotes; without quotes ?, NA, N/A, "
     "n/a, "
     "NaN, nan, null, NULL and None do, unless TEXTS is '' or begins with a comma"},
    {"header", 0, CLI_FLAG, CLI_TABLES, AT(header), DATA_COMMANDS, NULL, NULL, NULL, "no-header",
     "The first line of CSV names the columns, whatever it looks like"},
    {"no-header", 0, CLI_FLAG, CLI_TABLES, AT(no_header), DATA_COMMANDS, NULL, NULL, NULL, NULL,
     "The first line of CSV is a row, whatever it looks like"},

    /* ---- model ---- */
    {"model", 0, CLI_CHOICE, CLI_MODEL, AT(model), CLI_TRAIN, "MODEL", "auto|logreg|mlp", "auto",
     NULL, "The kind of model: logistic (or linear) regression, or a network with hidden layers"},
    {"hidden", 0, CLI_WHOLES, CLI_MODEL, AT(hidden), CLI_TRAIN, "SIZES", "[1,100000]",
     "64; 128 of labels", NULL,
     "Sizes of the hidden layers of an mlp, as 64,32; without the option three networks are "
     "trained and made one"},
    {"act", 0, CLI_CHOICE, CLI_MODEL, AT(act), CLI_TRAIN, "FUNCTION",
     "relu|tanh|sigmoid|gelu|silu|softplus", "relu", NULL,
     "The activation between the layers of an mlp"},
    {"dropout", 0, CLI_NUMBER, CLI_MODEL, AT(dropout), CLI_TRAIN, "P", "[0,1)", "0; 0.5 of labels",
     NULL, "The probability with which a hidden unit is left out of a training step"},
    {"loss", 0, CLI_CHOICE, CLI_MODEL, AT(loss), CLI_TRAIN, "LOSS",
     "auto|ce|nll|bce|bce_with_logits|mse|focal", "auto", NULL, "What training makes small"},
    {"class-weight", 0, CLI_WEIGHTS, CLI_MODEL, AT(class_weight), CLI_TRAIN, "WEIGHTS",
     "balanced|NAME=X (0,inf)", "1 each", NULL, "How much a row of a class counts"},
    {"pos-weight", 0, CLI_WEIGHTS, CLI_MODEL, AT(pos_weight), CLI_TRAIN, "WEIGHTS",
     "auto|X|NAME=X (0,inf)", "1", NULL, "How much a positive counts, of each label"},
    {"label-smoothing", 0, CLI_NUMBER, CLI_MODEL, AT(label_smoothing), CLI_TRAIN, "X", "[0,1)", "0",
     NULL, "The part of each class's probability that is spread over all classes"},

    /* ---- training ---- */
    {"epochs", 0, CLI_WHOLE, CLI_TRAINING, AT(epochs), CLI_TRAIN, "N", "[1,inf)",
     "40 to 300, by the number of rows", NULL, "At most so many passes over the training rows"},
    {"batch", 0, CLI_WHOLE, CLI_TRAINING, AT(batch), CLI_TRAIN, "N", "[1,inf)", "32", NULL,
     "Rows of a step"},
    {"optim", 0, CLI_CHOICE, CLI_TRAINING, AT(optim), CLI_TRAIN, "NAME",
     "auto|sgd|momentum|adam|adamw|rmsprop|adagrad|lbfgs", "auto", NULL,
     "The optimiser; auto: adamw for a network, lbfgs for a linear model"},
    {"lr", 0, CLI_NUMBER, CLI_TRAINING, AT(lr), CLI_TRAIN, "X", "(0,inf)", "the optimiser's", NULL,
     "The learning rate"},
    {"schedule", 0, CLI_CHOICE, CLI_TRAINING, AT(schedule), CLI_TRAIN, "NAME",
     "auto|constant|step|cosine|warmup|plateau|one-cycle", "auto", NULL,
     "How the learning rate changes as training goes on"},
    {"weight-decay", 0, CLI_NUMBER, CLI_TRAINING, AT(weight_decay), CLI_TRAIN, "X", "[0,inf)",
     "0.01 with adamw, else 0; of a linear model the best of four", NULL,
     "The pull of the weights towards 0"},
    {"clip", 0, CLI_NUMBER, CLI_TRAINING, AT(clip), CLI_TRAIN, "X", "(0,inf)", "none", NULL,
     "The norm that all gradients together are scaled down to"},
    {"patience", 0, CLI_WHOLE, CLI_TRAINING, AT(patience), CLI_TRAIN, "N", "[1,inf)", "20", NULL,
     "Training stops when the validation rows' loss has not improved for so many epochs"},
    {"valid", 0, CLI_FILE, CLI_TRAINING, AT(valid), CLI_TRAIN, "FILE", NULL, NULL,
     "valid-frac,folds", "A table of validation rows"},
    {"valid-frac", 0, CLI_NUMBER, CLI_TRAINING, AT(valid_frac), CLI_TRAIN, "X", "(0,1)",
     "five folds; 0.1 of a large table", "folds",
     "The part of the rows that is kept for validation"},
    {"folds", 0, CLI_WHOLE, CLI_TRAINING, AT(folds), CLI_TRAIN, "K", "[2,inf)", "5", NULL,
     "Cross-validation: so many models are trained, each without its part of the rows, and the "
     "best way of it once more with all"},
    {"group", 0, CLI_TEXT, CLI_TRAINING, AT(group), CLI_TRAIN | CLI_SPLIT, "COLUMN", NULL, NULL,
     NULL, "Rows with the same value in this column stay together when rows are split"},
    {"seed", 0, CLI_SEED, CLI_TRAINING, AT(seed), CLI_TRAIN | CLI_SPLIT, "N", NULL, "0", NULL,
     "The number that everything random follows from"},
    {"threads", 0, CLI_WHOLE, CLI_TRAINING, AT(threads), CLI_TRAIN, "N", "[1,inf)", "1", NULL,
     "Threads for products of matrices"},
    {"tune-thresholds", 0, CLI_FLAG, CLI_TRAINING, AT(tune_thresholds), CLI_TRAIN, NULL, NULL, NULL,
     NULL,
     "Choose each label's threshold for its best F1 on the validation rows, or that of two classes "
     "for the mean of both F1, instead of 0.5"},
    {"checkpoint", 0, CLI_FILE, CLI_TRAINING, AT(checkpoint), CLI_TRAIN, "DIR", NULL, NULL, NULL,
     "A folder where the state of training is saved as it goes on"},
    {"resume", 0, CLI_FLAG, CLI_TRAINING, AT(resume), CLI_TRAIN, NULL, NULL, NULL, NULL,
     "Go on from the checkpoint as if training had not stopped"},
    {"log", 0, CLI_FILE, CLI_TRAINING, AT(log), CLI_TRAIN, "FILE", NULL, NULL, NULL,
     "Write a line of JSON for each epoch"},

    /* ---- output ---- */
    {"output", 'o', CLI_FILE, CLI_OUTPUT, AT(output),
     CLI_TRAIN | CLI_PREDICT | CLI_PLOT | CLI_EXPORT, "FILE", NULL, NULL, NULL,
     "Where the result is written"},
    {"prob", 0, CLI_FLAG, CLI_OUTPUT, AT(prob), CLI_PREDICT, NULL, NULL, NULL, NULL,
     "Probabilities beside the predicted classes"},
    {"threshold", 0, CLI_WEIGHTS, CLI_OUTPUT, AT(threshold), CLI_PREDICT | CLI_EVAL, "X",
     "X|NAME=X [0,1]", "the model's", NULL,
     "The probability from which on a label is predicted, of all labels or of each"},
    {"passthrough", 0, CLI_TEXT, CLI_OUTPUT, AT(passthrough), CLI_PREDICT, "COLUMNS", NULL, NULL,
     NULL,
     "Columns of the data that the predictions repeat: names, numbers from 1, ranges such as "
     "104-117, patterns such as 'label*'; one with a comma stands in double quotes"},
    {"fractions", 0, CLI_NUMBERS, CLI_OUTPUT, AT(fractions), CLI_SPLIT, "X,..", "(0,1)", NULL, NULL,
     "The part of the rows that goes into each file"},
    {"out", 0, CLI_TEXT, CLI_OUTPUT, AT(out), CLI_SPLIT, "FILE,..", NULL, NULL, NULL,
     "The files, as many as fractions"},
    {"to", 0, CLI_CHOICE, CLI_OUTPUT, AT(to), CLI_CONVERT, "FORMAT", FORMATS, NULL, NULL,
     "The format to write, where the file's name does not tell it"},
    {"report", 0, CLI_FILE, CLI_OUTPUT, AT(report), CLI_TRAIN | CLI_EVAL, "FILE", NULL, NULL, NULL,
     "Write a page of HTML: curves, scores, confusion, what the model goes by, what the data "
     "holds"},
    {"ascii", 0, CLI_FLAG, CLI_OUTPUT, AT(ascii), CLI_PLOT, NULL, NULL, NULL, NULL,
     "Draw with characters, as wide as the terminal or 80 columns, instead of SVG"},
    {"to", 0, CLI_CHOICE, CLI_OUTPUT, AT(to), CLI_EXPORT, "FORM", "c|onnx|npz|json", NULL, NULL,
     "The form to write, where the file's name does not tell it"},
    {"name", 0, CLI_TEXT, CLI_OUTPUT, AT(name), CLI_EXPORT, "NAME", NULL, "the file's", NULL,
     "What the names of exported C begin with"},
    {"int8", 0, CLI_FLAG, CLI_OUTPUT, AT(int8), CLI_EXPORT, NULL, NULL, NULL, NULL,
     "Exported C has weights of 8 bits, with a scale for each output; says what that changes"},
    {"data", 0, CLI_FILE, CLI_OUTPUT, AT(data), CLI_EXPORT, "TABLE", NULL, NULL, NULL,
     "A table that says what int8 costs in accuracy (of labels micro F1, of numbers RMSE)"},
    {"no-libm", 0, CLI_FLAG, CLI_OUTPUT, AT(no_libm), CLI_EXPORT, NULL, NULL, NULL, NULL,
     "Exported C computes e^x itself, within 3e-7 of its value, and needs no <math.h>"},
    {"json", 0, CLI_FLAG, CLI_OUTPUT, AT(json), CLI_TRAIN | CLI_EVAL | CLI_INSPECT | CLI_VERSION,
     NULL, NULL, NULL, NULL, "Print the result as one JSON object"},
    {"progress", 0, CLI_CHOICE, CLI_OUTPUT, AT(progress), CLI_TRAIN, "HOW", "auto|plain|none",
     "auto", NULL, "Progress on standard error"},
    {"quiet", 'q', CLI_FLAG, CLI_OUTPUT, AT(quiet), CLI_TRAIN, NULL, NULL, NULL, NULL,
     "Say nothing but warnings, errors and what --json prints"},
    {"man", 0, CLI_FLAG, CLI_OUTPUT, AT(man), CLI_HELP, NULL, NULL, NULL, "completion",
     "Print the manual page, for man"},
    {"completion", 0, CLI_FLAG, CLI_OUTPUT, AT(completion), CLI_HELP, NULL, NULL, NULL, NULL,
     "Print a script that completes command lines, for bash"},
    {.name = NULL}};
