/* Export to ONNX: the nodes from columns to features. All numbers are one input, because few
 * callers have a tensor for each column; each text column is an input of its own. */
#include "cli/export/onnx.h"
#include "cli/system/memory.h"

#include <stdlib.h>
#include <string.h>

/* One more part, `name` with the number of parts so far; its features follow. */
static const char *add_part(cli_onnx_writer *w, const char *name)
{
    char *part = w->parts[w->part_count];
    snprintf(part, CLI_ONNX_NAME, CLI_ONNX_OWN "%s%d", name, w->part_count++);
    return part;
}

static void cast(cli_onnx_writer *w, const char *input, int type, const char *output)
{
    cli_onnx_node node;
    cli_onnx_begin(&node, &w->graph, "Cast", (const char *const[]){input, NULL}, output);
    cli_onnx_int(&node, "to", type);
    cli_onnx_end(&node, NULL);
}

/* (x - mean) / deviation in double, as Gradus has it, cut off; 0 where x is NaN. */
static void put_scaling(cli_onnx_writer *w, int64_t count)
{
    const cli_schema *s = &w->export->schema;
    double *mean = cli_calloc(4 * (size_t)count + 1, sizeof *mean);
    bool bounded = false; /* earlier models cut nothing off */
    double *deviation = mean + count, *least = deviation + count, *most = least + count;
    for (int j = 0, i = 0; j < s->count; ++j) {
        const cli_column *column = &s->columns[j];
        if (!cli_onnx_is_number(column))
            continue;
        bounded |= column->bounded;
        mean[i] = column->e.mean;
        least[i] = column->e.least;
        most[i] = column->e.kind == GD_ENCODED_NUMBER ? column->e.most : 1;
        deviation[i++] = column->e.kind == GD_ENCODED_NUMBER ? column->e.deviation : 1;
        w->features[w->width++] = column->e.kind == GD_ENCODED_NUMBER ? column->e.first : -1;
    }
    cli_onnx_constant(&w->graph, CLI_ONNX_OWN "mean", CLI_ONNX_DOUBLE, count, 0, mean);
    cli_onnx_constant(&w->graph, CLI_ONNX_OWN "deviation", CLI_ONNX_DOUBLE, count, 0, deviation);
    cli_onnx_constant(&w->graph, CLI_ONNX_OWN "zero", CLI_ONNX_DOUBLE, 0, 0, &(double){0});
    cast(w, "numbers", CLI_ONNX_DOUBLE, CLI_ONNX_OWN "double");
    cli_onnx_simple(&w->graph, "IsNaN", "numbers", NULL, CLI_ONNX_OWN "missing");
    cli_onnx_simple(&w->graph, "Sub", CLI_ONNX_OWN "double", CLI_ONNX_OWN "mean",
                    CLI_ONNX_OWN "centred");
    cli_onnx_simple(&w->graph, "Div", CLI_ONNX_OWN "centred", CLI_ONNX_OWN "deviation",
                    bounded ? CLI_ONNX_OWN "uncut" : CLI_ONNX_OWN "standard");
    if (bounded) {
        cli_onnx_constant(&w->graph, CLI_ONNX_OWN "least", CLI_ONNX_DOUBLE, count, 0, least);
        cli_onnx_constant(&w->graph, CLI_ONNX_OWN "most", CLI_ONNX_DOUBLE, count, 0, most);
        cli_onnx_simple(&w->graph, "Max", CLI_ONNX_OWN "uncut", CLI_ONNX_OWN "least",
                        CLI_ONNX_OWN "cut_below");
        cli_onnx_simple(&w->graph, "Min", CLI_ONNX_OWN "cut_below", CLI_ONNX_OWN "most",
                        CLI_ONNX_OWN "standard");
    }
    cli_onnx_node node;
    cli_onnx_begin(&node, &w->graph, "Where",
                   (const char *const[]){CLI_ONNX_OWN "missing", CLI_ONNX_OWN "zero",
                                         CLI_ONNX_OWN "standard", NULL},
                   CLI_ONNX_OWN "filled");
    cli_onnx_end(&node, NULL);
    cast(w, CLI_ONNX_OWN "filled", CLI_ONNX_FLOAT, add_part(w, "numbers"));
    free(mean);
}

/* A feature for each number that says whether it is missing; of those where training met none,
 * always times 0. */
static void put_missing(cli_onnx_writer *w)
{
    const cli_schema *s = &w->export->schema;
    bool any = false;
    for (int j = 0; j < s->count; ++j)
        any |= cli_onnx_is_number(&s->columns[j]) && s->columns[j].e.missing;
    for (int j = 0; any && j < s->count; ++j) {
        const cli_column *column = &s->columns[j];
        if (cli_onnx_is_number(column))
            w->features[w->width++] =
                column->e.missing ? column->e.first + (column->e.kind == GD_ENCODED_NUMBER) : -1;
    }
    if (any)
        cast(w, CLI_ONNX_OWN "missing", CLI_ONNX_FLOAT, add_part(w, "missing"));
}

/* An empty text is missing. */
static void put_levels(cli_onnx_writer *w, const cli_column *column)
{
    char wide[CLI_ONNX_NAME];
    snprintf(wide, sizeof wide, CLI_ONNX_OWN "levels_of_part%d", w->part_count);
    cli_onnx_node node;
    cli_onnx_begin(&node, &w->graph, "OneHotEncoder", (const char *const[]){column->e.name, NULL},
                   wide);
    cli_onnx_texts(&node, "cats_strings", column, column->e.missing ? "" : NULL);
    cli_onnx_int(&node, "zeros", 1); /* for a level that is unknown */
    cli_onnx_end(&node, "ai.onnx.ml");
    cli_onnx_simple(&w->graph, "Flatten", wide, NULL, add_part(w, "levels"));
}

static void put_words(cli_onnx_writer *w, const cli_column *column)
{
    char line[CLI_ONNX_NAME], counts[CLI_ONNX_NAME];
    snprintf(line, sizeof line, CLI_ONNX_OWN "line_of_part%d", w->part_count);
    snprintf(counts, sizeof counts, CLI_ONNX_OWN "counts_of_part%d", w->part_count);
    char words[CLI_ONNX_NAME], lengths[CLI_ONNX_NAME];
    snprintf(words, sizeof words, CLI_ONNX_OWN "words_of_part%d", w->part_count);
    snprintf(lengths, sizeof lengths, CLI_ONNX_OWN "lengths_of_part%d", w->part_count);
    cli_onnx_simple(&w->graph, "Squeeze", column->e.name, CLI_ONNX_OWN "one", line);
    cli_onnx_node node;
    cli_onnx_begin(&node, &w->graph, "StringSplit", (const char *const[]){line, NULL}, words);
    cli_field_text(&node.message, 2, lengths);
    cli_onnx_end(&node, NULL);
    cli_onnx_begin(&node, &w->graph, "TfIdfVectorizer", (const char *const[]){words, NULL}, counts);
    cli_onnx_text(&node, "mode", "TF");
    cli_onnx_int(&node, "min_gram_length", 1);
    cli_onnx_int(&node, "max_gram_length", 1);
    cli_onnx_int(&node, "max_skip_count", 0);
    cli_onnx_range(&node, "ngram_counts", 1);
    cli_onnx_range(&node, "ngram_indexes", column->e.levels);
    cli_onnx_texts(&node, "pool_strings", column, NULL);
    cli_onnx_end(&node, NULL);
    cli_onnx_simple(&w->graph, "Sign", counts, NULL, add_part(w, "words"));
}

static void put_texts(cli_onnx_writer *w)
{
    const cli_schema *s = &w->export->schema;
    bool words = false;
    for (int j = 0; j < s->count; ++j) {
        const cli_column *column = &s->columns[j];
        if (cli_onnx_is_number(column))
            continue;
        cli_onnx_value(&w->graph, 11, column->e.name, CLI_ONNX_STRING, 1,
                       column->e.kind == GD_ENCODED_WORDS ? "words parted by blanks"
                                                          : "a level; empty where it is missing");
        if (column->e.kind == GD_ENCODED_WORDS && !words)
            cli_onnx_constant(&w->graph, CLI_ONNX_OWN "one", CLI_ONNX_INT64, 1, 0, &(int64_t){1});
        words |= column->e.kind == GD_ENCODED_WORDS;
        if (column->e.kind == GD_ENCODED_WORDS)
            put_words(w, column);
        else
            put_levels(w, column);
        int64_t count = column->e.levels + (column->e.missing ? 1 : 0);
        for (int64_t i = 0; i < count; ++i)
            w->features[w->width++] = column->e.first + i;
    }
}

/* "age", "weight" */
static char *list_of_numbers(const cli_schema *s)
{
    gd_json *names = gd_json_array();
    for (int j = 0; j < s->count; ++j)
        if (cli_onnx_is_number(&s->columns[j]))
            gd_json_append(names, gd_json_string(s->columns[j].e.name));
    char *text = gd_json_text(names, false);
    gd_json_destroy(names);
    return text;
}

static void put_numbers(cli_onnx_writer *w)
{
    const cli_schema *s = &w->export->schema;
    int64_t count = 0;
    for (int j = 0; j < s->count; ++j)
        count += cli_onnx_is_number(&s->columns[j]);
    if (count == 0)
        return;
    char *names = list_of_numbers(s);
    cli_onnx_value(&w->graph, 11, "numbers", CLI_ONNX_FLOAT, count, names);
    gd_json_text_destroy(names);
    put_scaling(w, count);
    put_missing(w);
}

static void put_features(cli_onnx_writer *w)
{
    cli_onnx_node node;
    const char **parts = cli_calloc((size_t)w->part_count + 1, sizeof *parts);
    for (int i = 0; i < w->part_count; ++i)
        parts[i] = w->parts[i];
    cli_onnx_begin(&node, &w->graph, "Concat", parts, CLI_ONNX_OWN "features");
    cli_onnx_int(&node, "axis", 1);
    cli_onnx_end(&node, NULL);
    free(parts);
}

void cli_onnx_features(cli_onnx_writer *w)
{
    put_numbers(w);
    put_texts(w);
    put_features(w);
}
