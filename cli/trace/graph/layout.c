#include "cli/trace/graph/layout.h"
#include "cli/system/memory.h"

#include <stdint.h>
#include <stdlib.h>

/* Beyond MOST_PAIRS of links in a layer the order is that of the tape: counting would take seconds. */
enum { ORDER_SWEEPS = 12, PLACE_SWEEPS = 24, MOST_PAIRS = 20000000 };

/* What stands in a layer: a box, or a lane of a line that passes by. */
typedef struct item {
    int box; /* -1: a lane */
    int layer, order;
    double size, centre;
    double key; /* to sort by; the place that it would like best */
    double weight;
} item;

typedef struct link {
    int from, to; /* items of neighbouring layers */
} link;

typedef struct grid {
    item *items;
    link *links;
    int n_items, n_links, n_layers;
    int *first;  /* [n_layers + 1]: where each layer begins in `sorted` */
    int *sorted; /* items by layer and order */
    int *leave;  /* [n_layers + 1]: where the links from each layer begin in `links` */
    int *best;
} grid;

/* ---- layers ---- */

static void assign_layers(layout *l)
{
    for (int i = 0; i < l->n_boxes; ++i)
        l->boxes[i].layer = 0;
    for (int i = 0; i < l->n_lines; ++i) { /* lines are in the order of the boxes they end at */
        layout_box *to = &l->boxes[l->lines[i].to];
        int least = l->boxes[l->lines[i].from].layer + 1;
        to->layer = to->layer > least ? to->layer : least;
    }
    int *first = cli_malloc((size_t)l->n_boxes * sizeof *first);
    for (int i = 0; i < l->n_boxes; ++i)
        first[i] = -1;
    for (int i = 0; i < l->n_lines; ++i) {
        int *f = &first[l->lines[i].from], layer = l->boxes[l->lines[i].to].layer;
        *f = *f < 0 || layer < *f ? layer : *f;
    }
    for (int i = 0; i < l->n_boxes; ++i)
        if (l->boxes[i].is_source && first[i] > 0)
            l->boxes[i].layer = first[i] - 1;
    free(first);
}

static void make_items(grid *g, layout *l)
{
    int lanes = 0;
    for (int i = 0; i < l->n_lines; ++i) {
        layout_line *line = &l->lines[i];
        line->n_lanes = l->boxes[line->to].layer - l->boxes[line->from].layer - 1;
        lanes += line->n_lanes;
    }
    g->items = cli_malloc((size_t)(l->n_boxes + lanes) * sizeof *g->items);
    g->links = cli_malloc((size_t)(l->n_lines + lanes) * sizeof *g->links);
    for (int i = 0; i < l->n_boxes; ++i) {
        const layout_box *box = &l->boxes[i];
        g->items[g->n_items++] = (item){.box = i, .layer = box->layer, .size = box->across};
        g->n_layers = box->layer >= g->n_layers ? box->layer + 1 : g->n_layers;
    }
    for (int i = 0; i < l->n_lines; ++i) {
        int last = l->lines[i].from;
        for (int k = 0; k < l->lines[i].n_lanes; ++k) {
            int layer = l->boxes[l->lines[i].from].layer + 1 + k;
            g->items[g->n_items] = (item){.box = -1, .layer = layer, .size = l->lane};
            g->links[g->n_links++] = (link){last, g->n_items};
            last = g->n_items++;
        }
        g->links[g->n_links++] = (link){last, l->lines[i].to};
    }
}

/* Links by the layer that they leave, else as they were. */
static void sort_links(grid *g)
{
    link *sorted = cli_malloc((size_t)g->n_links * sizeof *sorted);
    int *next = cli_malloc((size_t)g->n_layers * sizeof *next);
    g->leave = cli_calloc((size_t)g->n_layers + 1, sizeof *g->leave);
    for (int i = 0; i < g->n_links; ++i)
        ++g->leave[g->items[g->links[i].from].layer + 1];
    for (int layer = 0; layer < g->n_layers; ++layer) {
        g->leave[layer + 1] += g->leave[layer];
        next[layer] = g->leave[layer];
    }
    for (int i = 0; i < g->n_links; ++i)
        sorted[next[g->items[g->links[i].from].layer]++] = g->links[i];
    free(g->links);
    free(next);
    g->links = sorted;
}

/* ---- order within layers ---- */

static void number_items(grid *g)
{
    for (int layer = 0; layer < g->n_layers; ++layer)
        for (int k = g->first[layer]; k < g->first[layer + 1]; ++k)
            g->items[g->sorted[k]].order = k - g->first[layer];
}

static void first_order(grid *g)
{
    g->first = cli_calloc((size_t)g->n_layers + 1, sizeof *g->first);
    g->sorted = cli_malloc((size_t)g->n_items * sizeof *g->sorted);
    g->best = cli_malloc((size_t)(g->n_items + g->n_layers) * sizeof *g->best);
    for (int i = 0; i < g->n_items; ++i)
        ++g->first[g->items[i].layer + 1];
    for (int layer = 0; layer < g->n_layers; ++layer) {
        g->first[layer + 1] += g->first[layer];
        g->best[layer] = g->first[layer]; /* where its next item goes */
    }
    for (int i = 0; i < g->n_items; ++i)
        g->sorted[g->best[g->items[i].layer]++] = i;
    number_items(g);
}

/* How many pairs of links the counting of crossings looks at. */
static double pairs(const grid *g)
{
    double count = 0;
    for (int layer = 0; layer < g->n_layers; ++layer) {
        double n = g->leave[layer + 1] - g->leave[layer];
        count += n * (n - 1) / 2;
    }
    return count;
}

static int64_t crossings(const grid *g)
{
    int64_t count = 0;
    for (int layer = 0; layer < g->n_layers; ++layer)
        for (int i = g->leave[layer]; i < g->leave[layer + 1]; ++i) {
            const item *a = &g->items[g->links[i].from], *b = &g->items[g->links[i].to];
            for (int k = i + 1; k < g->leave[layer + 1]; ++k) {
                const item *c = &g->items[g->links[k].from], *d = &g->items[g->links[k].to];
                count += (int64_t)(a->order - c->order) * (b->order - d->order) < 0;
            }
        }
    return count;
}

/* The key of each item of a layer: the mean of `of` over its neighbours in the layer before, or
 * after. */
static void mean_keys(grid *g, int layer, bool of_before, bool of_centres)
{
    int links = of_before ? layer - 1 : layer; /* the layer that they leave */
    for (int k = g->first[layer]; k < g->first[layer + 1]; ++k)
        g->items[g->sorted[k]].key = g->items[g->sorted[k]].weight = 0;
    for (int i = links < 0 ? 0 : g->leave[links]; links >= 0 && i < g->leave[links + 1]; ++i) {
        item *from = &g->items[g->links[i].from], *to = &g->items[g->links[i].to];
        item *here = of_before ? to : from;
        const item *there = of_before ? from : to;
        /* a line through several layers is to be straight */
        double weight = from->box < 0 && to->box < 0 ? 6 : 1;
        here->key += weight * (of_centres ? there->centre : there->order);
        here->weight += weight;
    }
    for (int k = g->first[layer]; k < g->first[layer + 1]; ++k) {
        item *it = &g->items[g->sorted[k]];
        it->key = it->weight > 0 ? it->key / it->weight : of_centres ? it->centre : it->order;
    }
}

static void sort_layer(grid *g, int layer)
{
    int *of = g->sorted + g->first[layer], n = g->first[layer + 1] - g->first[layer];
    for (int i = 1; i < n; ++i)
        for (int k = i; k > 0 && g->items[of[k]].key < g->items[of[k - 1]].key; --k) {
            int other = of[k];
            of[k] = of[k - 1];
            of[k - 1] = other;
        }
    for (int i = 0; i < n; ++i)
        g->items[of[i]].order = i;
}

static void order_items(grid *g)
{
    int64_t fewest = -1;
    if (pairs(g) > MOST_PAIRS)
        return;
    for (int sweep = 0; sweep <= ORDER_SWEEPS && fewest != 0; ++sweep) {
        bool down = sweep % 2 == 0;
        for (int k = 0; k < g->n_layers && sweep > 0; ++k) {
            int layer = down ? k : g->n_layers - 1 - k;
            mean_keys(g, layer, down, false);
            sort_layer(g, layer);
        }
        int64_t count = crossings(g);
        if (fewest < 0 || count < fewest) {
            fewest = count;
            for (int i = 0; i < g->n_items; ++i)
                g->best[i] = g->sorted[i];
        }
    }
    for (int i = 0; i < g->n_items; ++i)
        g->sorted[i] = g->best[i];
    number_items(g);
}

/* ---- places ---- */

/* The places nearest to the keys at which the items of a layer keep their order and distances:
 * least squares by pooling neighbours that would be too near. */
static void place_layer(grid *g, int layer, double gap)
{
    int *of = g->sorted + g->first[layer], n = g->first[layer + 1] - g->first[layer], pools = 0;
    struct pool {
        double sum, weight;
        int count;
    } *pool = cli_malloc((size_t)n * sizeof *pool);
    double offset = 0;
    for (int i = 0; i < n; ++i) {
        const item *it = &g->items[of[i]];
        if (i > 0)
            offset += (g->items[of[i - 1]].size + it->size) / 2 + gap;
        double weight = it->weight > 0 ? it->weight : 0.01;
        pool[pools++] = (struct pool){weight * (it->key - offset), weight, 1};
        while (pools > 1 && pool[pools - 2].sum * pool[pools - 1].weight >
                                pool[pools - 1].sum * pool[pools - 2].weight) {
            pool[pools - 2].sum += pool[pools - 1].sum;
            pool[pools - 2].weight += pool[pools - 1].weight;
            pool[pools - 2].count += pool[pools - 1].count;
            --pools;
        }
    }
    offset = 0;
    for (int i = 0, p = 0, left = n > 0 ? pool[0].count : 0; i < n; ++i, --left) {
        item *it = &g->items[of[i]];
        if (left == 0)
            left = pool[++p].count;
        if (i > 0)
            offset += (g->items[of[i - 1]].size + it->size) / 2 + gap;
        it->centre = pool[p].sum / pool[p].weight + offset;
    }
    free(pool);
}

static void place_across(grid *g, layout *l)
{
    for (int i = 0; i < g->n_items; ++i) {
        g->items[i].key = g->items[i].order * l->gap_across;
        g->items[i].weight = 1;
    }
    for (int layer = 0; layer < g->n_layers; ++layer)
        place_layer(g, layer, l->gap_across);
    for (int sweep = 0; sweep < PLACE_SWEEPS; ++sweep) {
        bool down = sweep % 2 == 0;
        for (int k = 0; k < g->n_layers; ++k) {
            int layer = down ? k : g->n_layers - 1 - k;
            mean_keys(g, layer, down, true);
            place_layer(g, layer, l->gap_across);
        }
    }
    double least = 0;
    for (int i = 0; i < g->n_items; ++i) {
        double low = g->items[i].centre - g->items[i].size / 2;
        least = i == 0 || low < least ? low : least;
    }
    l->across = 0;
    for (int i = 0; i < g->n_items; ++i) {
        g->items[i].centre -= least;
        double high = g->items[i].centre + g->items[i].size / 2;
        l->across = high > l->across ? high : l->across;
    }
}

static void place_along(grid *g, layout *l)
{
    double *begin = cli_calloc((size_t)g->n_layers, sizeof *begin);
    double *size = cli_calloc((size_t)g->n_layers, sizeof *size);
    for (int i = 0; i < l->n_boxes; ++i) {
        const layout_box *box = &l->boxes[i];
        size[box->layer] = box->along > size[box->layer] ? box->along : size[box->layer];
    }
    for (int k = 1; k < g->n_layers; ++k)
        begin[k] = begin[k - 1] + size[k - 1] + l->gap_along;
    l->along = begin[g->n_layers - 1] + size[g->n_layers - 1];
    for (int i = 0; i < l->n_boxes; ++i) {
        layout_box *box = &l->boxes[i];
        box->at_along = begin[box->layer] + (size[box->layer] - box->along) / 2;
        box->at_across = g->items[i].centre - box->across / 2;
    }
    int next = l->n_boxes; /* lanes were made in the order of the lines */
    for (int i = 0; i < l->n_lines; ++i) {
        layout_line *line = &l->lines[i];
        line->lanes = cli_malloc((size_t)(line->n_lanes + 1) * sizeof *line->lanes);
        for (int k = 0; k < line->n_lanes; ++k, ++next) {
            int layer = g->items[next].layer;
            line->lanes[k] = (struct layout_lane){begin[layer], begin[layer] + size[layer],
                                                  g->items[next].centre};
        }
    }
    free(begin);
    free(size);
}

void layout_place(layout *l)
{
    grid g = {0};
    l->along = l->across = 0;
    if (l->n_boxes == 0)
        return;
    assign_layers(l);
    make_items(&g, l);
    sort_links(&g);
    first_order(&g);
    order_items(&g);
    place_across(&g, l);
    place_along(&g, l);
    free(g.items);
    free(g.links);
    free(g.first);
    free(g.leave);
    free(g.sorted);
    free(g.best);
}

void layout_free(layout *l)
{
    for (int i = 0; i < l->n_lines; ++i)
        free(l->lines[i].lanes);
    free(l->lines);
    free(l->boxes);
}
