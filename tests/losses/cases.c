#include "cases.h"

#include "../cmocka_all.h"
#include "../tensor_of_text.h"

#include <stdlib.h>
#include <string.h>

static const char *file_name;
static int line_number;

/* The reductions are words in the file, in the order of gd_reduction. */
static double value_of(const char *text)
{
    static const char *const names[] = {"mean", "sum", "none", "batchmean"};
    for (int k = 0; k < 4; ++k)
        if (strcmp(text, names[k]) == 0)
            return k;
    return strtod(text, NULL);
}

static void read_first_line(loss_case *c, char *line)
{
    *c = (loss_case){.line = line_number};
    char *word = strtok(line, " \n");
    snprintf(c->loss, sizeof c->loss, "%s", word);
    while ((word = strtok(NULL, " \n")) != NULL) {
        char *equals = strchr(word, '=');
        c->normwise |= strcmp(word, "normwise") == 0;
        c->kink |= strcmp(word, "kink") == 0;
        if (strncmp(word, "at=", 3) == 0)
            snprintf(c->regime, sizeof c->regime, "%s", word + 3);
        if (equals == NULL)
            continue;
        assert_true(c->n_options < MOST_OPTIONS);
        named_number *option = &c->options[c->n_options++];
        snprintf(option->name, sizeof option->name, "%.*s", (int)(equals - word), word);
        option->value = value_of(equals + 1);
    }
    c->terms = option_of(c, "terms").value;
}

/* The rest of the line after its first word, which is cut off. */
static char *after_word(char *line)
{
    char *space = strchr(line, ' ');
    if (space == NULL)
        fail_msg("%s:%d: a name and a tensor are expected", file_name, line_number);
    *space = '\0';
    return space + 1;
}

static void read_line(loss_case *c, char *line)
{
    char *rest = after_word(line);
    if (strcmp(line, "dy") == 0 || strcmp(line, "out") == 0) {
        *(line[0] == 'd' ? &c->dy : &c->out) = tensor_of_text(rest, file_name, line_number);
    } else if (strcmp(line, "grad") == 0) {
        char *name = rest;
        rest = after_word(name);
        int k = tensor_of(c, name);
        assert_true(k >= 0);
        c->tensors[k].grad = tensor_of_text(rest, file_name, line_number);
    } else {
        assert_true(c->n_tensors < MOST_TENSORS);
        named_tensor *t = &c->tensors[c->n_tensors++];
        snprintf(t->name, sizeof t->name, "%.15s", line);
        t->x = tensor_of_text(rest, file_name, line_number);
    }
}

static void finish(loss_case *c, void (*visit)(const loss_case *c))
{
    if (c->out == NULL)
        return;
    visit(c);
    gd_tensor_destroy(c->dy);
    gd_tensor_destroy(c->out);
    for (int k = 0; k < c->n_tensors; ++k) {
        gd_tensor_destroy(c->tensors[k].x);
        gd_tensor_destroy(c->tensors[k].grad);
    }
}

void each_case_of(const char *name, void (*visit)(const loss_case *c))
{
    static char line[1 << 16];
    char path[400];
    snprintf(path, sizeof path, "%s/fixtures/%s", GD_TESTS_DIR, name);
    FILE *file = fopen(path, "r");
    file_name = name;
    loss_case c = {.n_tensors = 0};
    if (file == NULL)
        fail_msg("%s is not there", file_name);
    for (line_number = 1; fgets(line, sizeof line, file) != NULL; ++line_number) {
        if (strncmp(line, "case ", 5) == 0) {
            finish(&c, visit);
            read_first_line(&c, line + 5);
        } else
            read_line(&c, line);
    }
    finish(&c, visit);
    fclose(file);
}

void each_case(void (*visit)(const loss_case *c))
{
    each_case_of("losses.txt", visit);
}

gd_optional option_of(const loss_case *c, const char *name)
{
    for (int k = 0; k < c->n_options; ++k)
        if (strcmp(c->options[k].name, name) == 0)
            return GD_SOME(c->options[k].value);
    return (gd_optional){.given = false};
}

int tensor_of(const loss_case *c, const char *name)
{
    for (int k = 0; k < c->n_tensors; ++k)
        if (strcmp(c->tensors[k].name, name) == 0)
            return k;
    return -1;
}
