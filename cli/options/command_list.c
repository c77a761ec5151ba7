/* The commands, one row each. */
#include "cli/cli.h"

const cli_command cli_command_list[] = {
    {"train", CLI_TRAIN, cli_train, "TABLE", "train a model on a table",
     "target,targets,drop,categorical,model,hidden,epochs,seed,output,report",
     "Trains a model that predicts a column of TABLE, or several labels, from the other columns. "
     "Without options, a linear model and a neural network are compared by cross-validation and "
     "the better one is trained on all rows.\n\n"
     "  gradus train houses.csv --target price --drop id -o houses.safetensors"},
    {"predict", CLI_PREDICT, cli_predict, "MODEL [TABLE]", "predict the target of each row",
     "output,prob,threshold,passthrough",
     "Writes the predictions as CSV, one line for each row of TABLE (default: standard input). "
     "Columns are matched by name, in any order.\n\n"
     "  head -5 iris.csv | gradus predict iris.safetensors"},
    {"eval", CLI_EVAL, cli_eval, "MODEL TABLE", "score a model on a table", "threshold,report,json",
     "Compares the predictions with the target column of TABLE and prints the scores, as "
     "scikit-learn defines them.\n\n"
     "  gradus eval iris.safetensors more.csv --json"},
    {"export", CLI_EXPORT, cli_export_model, "MODEL", "export a model to C or ONNX",
     "output,to,name,int8,no-libm",
     "Writes the model, including its preprocessing, as C99 (constant weights; no heap, files or "
     "recursion) or as ONNX. Both give the predictions of gradus predict. docs/export.md "
     "describes the formats.\n\n"
     "  gradus export iris.safetensors -o iris.c\n"
     "  cc -std=c99 -DIRIS_SELF_TEST iris.c -lm && ./a.out\n"
     "  gradus export iris.safetensors -o iris.onnx"},
    {"inspect", CLI_INSPECT, cli_inspect, "DATA",
     "summarise a table or a model and list likely problems", "target,targets,json",
     "For a table: type, range, frequent values and missing cells of each column, the number of "
     "labels per row, and likely problems: constant or nearly empty columns, texts among numbers, "
     "rare classes, columns that reveal the target. For a model: its columns, layers, classes, "
     "thresholds and training.\n\n"
     "  gradus inspect iris.csv\n"
     "  gradus inspect iris.safetensors\n"
     "  gradus inspect --json yeast.arff | jq .labels.cardinality"},
    {"plot", CLI_PLOT, cli_plot, "LOG...", "draw the training curves of a log", NULL,
     "Draws loss and score after each epoch, from logs of gradus train (option --log), as SVG or "
     "with characters. Of each log, the stage with the most validated epochs is drawn; use grep to "
     "choose another one.\n\n"
     "  gradus plot run.jsonl -o curves.svg\n"
     "  gradus plot --ascii a.jsonl b.jsonl\n"
     "  grep '\"logreg-1\"' run.jsonl | gradus plot --ascii -"},
    {"trace", CLI_TRACE, cli_trace, "TRACE", "show a recorded tape as a page", NULL,
     "Makes an HTML page of a trace: every op, gradient and contribution of a few training steps, "
     "with the lines of the program that was traced. Step through it with the arrow keys. The page "
     "is one file and needs no network. A trace, and so the page, holds data, numbers and source "
     "of "
     "the run.\n\n"
     "  gradus trace run.trace -o run.html\n"
     "  gradus trace run.trace --svg 11 -o step.svg"},
    {"step", CLI_STEP, cli_step, "TRACE", "step through a recorded tape in the terminal", NULL,
     "Shows the events of a trace one after another: what happened, the line of the program, and "
     "the numbers in the formula. Reads commands from standard input: next, back, goto N, print "
     "NAME, why NAME[I], list, watch NAME, break LINE, continue, help, quit. An empty line repeats "
     "the last step.\n\n"
     "  gradus step run.trace\n"
     "  echo 'goto 9\nwhy a[0]' | gradus step run.trace"},
    {"split", CLI_SPLIT, cli_split, "DATA", "split a table into several files",
     "target,group,seed,fractions,out",
     "Assigns each row of a table to one of several files at random. Rows keep their order and "
     "text; missing values become empty fields. Classes of a single target are stratified. "
     "With --group, all rows of a group go to the same file. Fractions that sum to less than 1 "
     "leave rows out. File names determine the formats.\n\n"
     "  gradus split iris.csv --fractions 0.8,0.2 --out train.csv,test.csv"},
    {"convert", CLI_CONVERT, cli_convert, "IN [OUT]", "convert a table to another format",
     "format,delimiter,to",
     "Writes a table in the format of the file name OUT, or of --to (default output: standard "
     "output). Texts and numbers keep their spelling where the format allows it.\n\n"
     "  gradus convert iris.arff iris.csv\n"
     "  curl -s https://example.org/t.csv.gz | gradus convert - --to libsvm >t.libsvm"},
    {"version", CLI_VERSION, cli_version, "", "print version, BLAS library and processor features",
     NULL,
     "Prints the version, the BLAS library with its kernel and number of threads, and the "
     "processor features that Gradus has kernels for."},
    {"help", CLI_HELP, cli_help, "[COMMAND]", "list the commands, or the options of one", NULL,
     "Lists the commands, or describes one of them."},
    {.name = NULL}};
