/* A tape as text and as a graph. Uses public functions alone, as a tool of your own could. */
#include <gradus/autograd.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum {
    TEXT_SIZE = 160,
    ELEMENTS = 6,   /* are shown of a tensor */
    SEARCHED = 1000 /* calls, for the name of an argument */
};

/* A text that grows to the end of its buffer; what does not fit is cut. */
typedef struct text {
    char s[TEXT_SIZE];
    size_t length;
} text;

static void append(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(t->s + t->length, sizeof t->s - t->length, format, arguments);
    va_end(arguments);
    t->length += n > 0 ? (size_t)n : 0;
    if (t->length >= sizeof t->s)
        t->length = sizeof t->s - 1;
}

/* ---- names ---- */

/* The argument number i of the call that made the node, as you wrote it, if it is a plain name and
 * the call is of this op: "b" of "mul(a, b)" for i = 1. Returns its length, 0 if there is none. */
static size_t argument(const gd_node *node, int i, const char **start)
{
    const char *s = node->text;
    size_t length = strlen(node->op->name);
    if (s == NULL || strncmp(s, node->op->name, length) != 0 || s[length] != '(')
        return 0;
    int depth = 0;
    for (s += length + 1; i > 0 && *s != '\0'; ++s) {
        depth += (*s == '(' || *s == '[' || *s == '{') - (*s == ')' || *s == ']' || *s == '}');
        i -= depth == 0 && *s == ',';
    }
    s += strspn(s, " ");
    *start = s;
    while (isalnum((unsigned char)*s) || *s == '_' || *s == '.' || (s[0] == '-' && s[1] == '>') ||
           (*s == '>' && s[-1] == '-'))
        ++s;
    bool is_whole = *s == ',' || *s == ')';
    return is_whole ? (size_t)(s - *start) : 0;
}

/* What the source calls x: gd_name's name, or the first argument that it was among the next
 * calls. */
static void append_name(text *t, const gd_tape *tape, const gd_tensor *x, int first)
{
    const char *name = gd_tape_name(tape, x);
    if (name != NULL) {
        append(t, "%s", name);
        return;
    }
    int end = gd_tape_node_count(tape);
    if (end > first + SEARCHED)
        end = first + SEARCHED;
    for (int k = first; k < end; ++k) {
        const gd_node *node = gd_tape_node(tape, k);
        for (int i = 0; i < node->n_in; ++i) {
            size_t length = node->in[i] == x ? argument(node, i, &name) : 0;
            if (length > 0) {
                append(t, "%.*s", (int)length, name);
                return;
            }
        }
    }
}

/* x as an operand of node: its name, or %3 for what node 3 has made. */
static void append_operand(text *t, const gd_tape *tape, const gd_node *node, int i)
{
    const gd_tensor *x = node->in[i];
    const gd_node *maker = x != NULL ? gd_node_of(tape, x) : NULL;
    size_t before = t->length;
    if (x == NULL)
        append(t, "-");
    else
        append_name(t, tape, x, maker != NULL ? maker->number + 1 : node->number);
    if (t->length == before && maker != NULL)
        append(t, "%%%d", maker->number);
    else if (t->length == before)
        append(t, x->requires_grad ? "leaf" : "constant");
}

/* ---- tensors ---- */

static void append_elements(text *t, const gd_tensor *x)
{
    int64_t numel = gd_tensor_numel(x);
    for (int64_t i = 0; i < numel && i < ELEMENTS; ++i) {
        append(t, i > 0 ? " " : "");
        append(t, gd_dtype_is_float(x->dtype) ? "%.4g" : "%.0f", gd_tensor_at(x, i));
    }
    if (numel > ELEMENTS)
        append(t, " ..");
}

static void append_shape(text *t, const gd_tensor *x)
{
    append(t, "[");
    for (int i = 0; i < x->ndim; ++i)
        append(t, i > 0 ? ",%" PRId64 : "%" PRId64, x->shape[i]);
    append(t, "]");
}

/* ---- rows ---- */

/* The file's last part and the line. */
static void append_site(text *t, const gd_node *node)
{
    if (node->file == NULL)
        return;
    const char *slash = strrchr(node->file, '/');
    append(t, "%s:%d", slash != NULL ? slash + 1 : node->file, node->line);
}

static void append_call(text *t, const gd_tape *tape, const gd_node *node)
{
    append(t, "%s(", node->op->name);
    for (int i = 0; i < node->n_in; ++i) {
        append(t, i > 0 ? ", " : "");
        append_operand(t, tape, node, i);
    }
    char attributes[TEXT_SIZE] = "";
    gd_op_print_attributes(node->op, node->attributes, attributes, sizeof attributes);
    append(t, "%s%s)", *attributes != '\0' ? ", " : "", attributes);
}

/* The first call that had x as an operand, and which it was. */
static const gd_node *first_user(const gd_tape *tape, const gd_tensor *x, int *operand)
{
    for (int k = 0; k < gd_tape_node_count(tape); ++k) {
        const gd_node *node = gd_tape_node(tape, k);
        for (*operand = 0; *operand < node->n_in; ++*operand)
            if (node->in[*operand] == x)
                return node;
    }
    return NULL;
}

/* Whether operand i of the node is a leaf or a constant that was not an operand before. */
static bool is_new_leaf(const gd_tape *tape, const gd_node *node, int i)
{
    const gd_tensor *x = node->in[i];
    int first;
    return x != NULL && gd_node_of(tape, x) == NULL && first_user(tape, x, &first) == node &&
           first == i;
}

/* A row: your site, the call, dtype and shape, values, gradient. */
enum { COLUMNS = 5 };
typedef struct row {
    text column[COLUMNS];
} row;

/* Where rows go, and how wide the columns are. file NULL: they are measured. */
typedef struct table {
    FILE *file;
    int width[COLUMNS];
} table;

static void write_row(table *t, row *r, const gd_tensor *x)
{
    append(&r->column[2], "%s ", gd_dtype_name(x->dtype));
    append_shape(&r->column[2], x);
    append_elements(&r->column[3], x);
    if (x->grad != NULL) {
        append(&r->column[4], "gradient ");
        append_elements(&r->column[4], x->grad);
    }
    int last = x->grad != NULL ? 4 : 3;
    for (int i = 0; i <= last; ++i) {
        int length = (int)r->column[i].length;
        if (t->file != NULL)
            fprintf(t->file, "%-*s%s", i < last ? t->width[i] : 0, r->column[i].s,
                    i < last ? "  " : "\n");
        else if (t->width[i] < length)
            t->width[i] = length;
    }
}

static void write_leaf(table *t, const gd_tape *tape, const gd_node *node, int i)
{
    row r = {.column[0].length = 0};
    append_operand(&r.column[1], tape, node, i);
    write_row(t, &r, node->in[i]);
}

static void write_node(table *t, const gd_tape *tape, const gd_node *node)
{
    row r = {.column[0].length = 0};
    append_site(&r.column[0], node);
    append(&r.column[1], "%%%d ", node->number);
    size_t before = r.column[1].length;
    append_name(&r.column[1], tape, node->out, node->number + 1);
    append(&r.column[1], r.column[1].length > before ? " = " : "= ");
    append_call(&r.column[1], tape, node);
    write_row(t, &r, node->out);
}

static void write_rows(table *t, const gd_tape *tape)
{
    for (int k = 0; k < gd_tape_node_count(tape); ++k) {
        const gd_node *node = gd_tape_node(tape, k);
        for (int i = 0; i < node->n_in; ++i)
            if (is_new_leaf(tape, node, i))
                write_leaf(t, tape, node, i);
        write_node(t, tape, node);
    }
}

static gd_status written(FILE *file)
{
    return ferror(file) == 0 ? GD_OK : GD_ERROR_IO;
}

gd_status gd_tape_print(const gd_tape *tape, FILE *file)
{
    table t = {.file = NULL};
    write_rows(&t, tape);
    t.file = file;
    write_rows(&t, tape);
    return written(file);
}

/* ---- the graph ---- */

/* In the quotes of Graphviz. */
static void write_quoted(FILE *file, const text *t)
{
    for (const char *s = t->s; *s != '\0'; ++s)
        fprintf(file, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
}

static void write_box(FILE *file, const char *shape, const text *title, const gd_tensor *x,
                      const text *site)
{
    text size = {.length = 0};
    append_shape(&size, x);
    fprintf(file, " [shape=%s, label=\"", shape);
    write_quoted(file, title);
    fprintf(file, "\\n%s", size.s);
    if (site->length > 0)
        fprintf(file, "\\n");
    write_quoted(file, site);
    fprintf(file, "\"];\n");
}

/* The name of x's box: node3, or leaf3_1 for what was operand 1 of node 3 first. */
static void append_box(text *t, const gd_tape *tape, const gd_tensor *x)
{
    const gd_node *maker = gd_node_of(tape, x);
    int operand;
    if (maker != NULL) {
        append(t, "node%d", maker->number);
        return;
    }
    const gd_node *user = first_user(tape, x, &operand);
    append(t, "leaf%d_%d", user->number, operand);
}

static void write_operand(FILE *file, const gd_tape *tape, const gd_node *node, int i)
{
    text box = {.length = 0}, none = {.length = 0}, name = {.length = 0};
    append_box(&box, tape, node->in[i]);
    if (is_new_leaf(tape, node, i)) {
        append_operand(&name, tape, node, i);
        fprintf(file, "  %s", box.s);
        write_box(file, "box", &name, node->in[i], &none);
    }
    fprintf(file, "  %s -> node%d;\n", box.s, node->number);
}

gd_status gd_tape_dot(const gd_tape *tape, FILE *file)
{
    fprintf(file, "digraph tape {\n");
    for (int k = 0; k < gd_tape_node_count(tape); ++k) {
        const gd_node *node = gd_tape_node(tape, k);
        text site = {.length = 0}, title = {.length = 0};
        append(&title, "%s", node->op->name);
        append_site(&site, node);
        fprintf(file, "  node%d", k);
        write_box(file, "ellipse", &title, node->out, &site);
        for (int i = 0; i < node->n_in; ++i)
            if (node->in[i] != NULL)
                write_operand(file, tape, node, i);
    }
    fprintf(file, "}\n");
    return written(file);
}
