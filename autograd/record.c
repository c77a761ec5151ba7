/* Looking at a tape: its record and its tensors' names. */
#include "autograd/internal.h"

#include <string.h>

int gd_tape_node_count(const gd_tape *tape)
{
    return tape != NULL ? tape->node_count : 0;
}

const gd_node *gd_tape_node(const gd_tape *tape, int i)
{
    return tape != NULL && i >= 0 && i < tape->node_count ? tape->record[i] : NULL;
}

const gd_node *gd_node_of(const gd_tape *tape, const gd_tensor *x)
{
    return tape != NULL && gd__tape_is_alive(tape, x) ? gd__recorded_node(x) : NULL;
}

/* ---- names ---- */

static gd__name *find_name(gd__name *names, const gd_tensor *x)
{
    while (names != NULL && names->tensor != x)
        names = names->next;
    return names;
}

/* Puts a name in front of *list: in the memory of nodes, or (of a leaf) of its own. */
static bool add_name(gd_tape *tape, gd__name **list, const gd_tensor *x, const char *text)
{
    size_t length = strlen(text) + 1, size = sizeof(gd__name) + length;
    gd__name *name = x->tape != NULL ? gd__arena_take(&tape->nodes, size) : gd_allocate(size);
    if (name == NULL)
        return gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for a name");
    name->next = *list;
    name->tensor = x;
    name->size = size;
    memcpy(name->text, text, length);
    *list = name;
    return true;
}

/* Takes the first name of a leaf out of the list. */
static void drop_name(gd__name **list, const gd_tensor *x)
{
    while (*list != NULL && (*list)->tensor != x)
        list = &(*list)->next;
    gd__name *name = *list;
    if (name == NULL)
        return;
    *list = name->next;
    gd_free(name, name->size);
}

gd_tensor *gd_name(gd_tape *tape, gd_tensor *x, const char *name)
{
    if (tape == NULL || tape->status != GD_OK)
        return NULL;
    tape->calling = "name";
    if (!gd_check_operand(tape, x, "the tensor"))
        return NULL;
    if (name == NULL) {
        gd_tape_fail(tape, GD_ERROR_ARGUMENT, "the name is NULL");
        return NULL;
    }
    const char *before = gd_tape_name(tape, x);
    if (before != NULL && strcmp(before, name) == 0)
        return x;
    if (x->tape == NULL)
        drop_name(&tape->leaf_names, x);
    return add_name(tape, x->tape != NULL ? &tape->names : &tape->leaf_names, x, name) ? x : NULL;
}

const char *gd_tape_name(const gd_tape *tape, const gd_tensor *x)
{
    if (tape == NULL || x == NULL)
        return NULL;
    const gd__name *name = find_name(x->tape != NULL ? tape->names : tape->leaf_names, x);
    return name != NULL ? name->text : NULL;
}

void gd__forget_leaf_names(gd_tape *tape)
{
    while (tape->leaf_names != NULL)
        drop_name(&tape->leaf_names, tape->leaf_names->tensor);
}
