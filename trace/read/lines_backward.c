/* Lines of a backward. */
#include "trace/read/line.h"

#include <string.h>

bool gd__line_backward(gd__line *line)
{
    gd__recording *r = line->r;
    int64_t root;
    gd_recorded_event *e;
    if (!gd__line_integer(line, "root", 0, r->tensors.count - 1, &root) ||
        !gd__line_can_use(line, root))
        return false;
    const gd_recorded_tensor *x = gd__tensor_at(r, root);
    if (x->node < 0 || !gd__node_at(r, x->node)->recorded)
        return gd__line_refuse(line, "tensor %lld was not recorded", (long long)root);
    if ((e = gd__line_event(line, GD_RECORDED_BACKWARD)) == NULL)
        return false;
    e->tensor = root;
    e->is_grad = gd_json_get(line->json, "inputs") != NULL;
    if (!gd__line_values(line, "gives", x, false, &e->values) ||
        !gd__line_boolean(line, "create_graph", true, &e->create_graph) ||
        (e->is_grad &&
         !gd__line_ids(line, "inputs", r->tensors.count - 1, false, &e->inputs, &e->n_inputs)))
        return false;
    r->backward = r->unplaced = r->events.count - 1;
    r->node = -1;
    return true;
}

/* Backward goes over nodes in the opposite order of their calls. */
bool gd__line_node(gd__line *line)
{
    gd__recording *r = line->r;
    int64_t serial;
    if (r->backward < 0)
        return gd__line_refuse(line, "no backward has begun");
    int64_t root = gd__tensor_at(r, gd__event_at(r, r->backward)->tensor)->node;
    int64_t last = r->node >= 0 ? r->node - 1 : root;
    if (!gd__line_integer(line, "node", 0, last, &serial))
        return false;
    const gd_recorded_node *node = gd__node_at(r, serial);
    if (!node->recorded || !gd__line_can_use(line, node->out))
        return gd__line_refuse(line, "node %lld is not on the tape", (long long)serial);
    gd_recorded_event *e = gd__line_event(line, GD_RECORDED_NODE);
    if (e == NULL)
        return false;
    r->node = e->node = serial;
    e->tensor = node->out;
    return gd__line_values(line, "dy", gd__tensor_at(r, node->out), false, &e->values);
}

static bool read_way(gd__line *line, gd_way *way)
{
    static const char *const names[] = {
        [GD_WAY_RULE] = "rule", [GD_WAY_DIRECT] = "direct", [GD_WAY_THROUGH] = "through"};
    const char *name = gd_json_string_of(gd__line_take(line, "way"));
    for (gd_way w = GD_WAY_RULE; name != NULL && w <= GD_WAY_THROUGH; ++w)
        if (strcmp(name, names[w]) == 0) {
            *way = w;
            return true;
        }
    return gd__line_refuse(line, "\"way\" must be rule, direct or through");
}

/* The tensor whose gradient a contribution goes to; -1: there is none. A pass-through goes to the
 * operand of the call that made operand 0. */
static int64_t destination(const gd__recording *r, const gd_recorded_node *node, int operand,
                           gd_way way)
{
    if (way != GD_WAY_THROUGH)
        return node->in[operand];
    int64_t made = operand == 0 && node->in[0] >= 0 ? gd__tensor_at(r, node->in[0])->node : -1;
    const gd_recorded_node *maker = made >= 0 ? gd__node_at(r, made) : NULL;
    bool passes =
        maker != NULL && maker->n_in > 0 &&
        (node->op == NULL || (node->op->through != NULL && node->op->through->op == maker->op));
    return passes ? maker->in[0] : -1;
}

bool gd__line_add(gd__line *line)
{
    gd__recording *r = line->r;
    int64_t serial, operand, to, summed[GD_MAX_DIMS];
    int n = 0;
    gd_way way = GD_WAY_RULE;
    if (r->node < 0)
        return gd__line_refuse(line, "backward is at no node");
    const gd_recorded_node *node = gd__node_at(r, r->node);
    if (!gd__line_integer(line, "node", r->node, r->node, &serial) ||
        !gd__line_integer(line, "operand", 0, node->n_in - 1, &operand) ||
        !gd__line_integer(line, "to", 0, r->tensors.count - 1, &to) || !read_way(line, &way) ||
        (gd_json_get(line->json, "summed") != NULL &&
         !gd__line_list(line, "summed", GD_MAX_DIMS, 0, gd__tensor_at(r, node->out)->ndim - 1,
                        summed, &n)))
        return false;
    const gd_recorded_tensor *x = gd__tensor_at(r, to);
    if (destination(r, node, (int)operand, way) != to || !x->wants_gradient)
        return gd__line_refuse(line, "node %lld gives nothing to tensor %lld by operand %lld",
                               (long long)serial, (long long)to, (long long)operand);
    gd_recorded_event *e = gd__line_event(line, GD_RECORDED_ADD);
    if (e == NULL)
        return false;
    e->node = serial;
    e->tensor = to;
    e->operand = (int)operand;
    e->way = way;
    for (int i = 0; i < n; ++i)
        e->summed |= 1U << summed[i];
    return gd__line_values(line, "gives", x, false, &e->gives) &&
           gd__line_values(line, "before", x, true, &e->before) &&
           gd__line_values(line, "after", x, false, &e->after);
}
