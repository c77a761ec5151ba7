/* The name closest to a word, for "did you mean ..?". */
#include <gradus/data.h>

#include <string.h>

enum { LONGEST = 63 }; /* longer names are not compared */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The number of edits from a to b, by dynamic programming: row[i % 3][j] is the distance of the
 * first i bytes of a from the first j of b. A row of the table needs the two rows before it. */
static size_t distance(const char *a, size_t m, const char *b, size_t n)
{
    size_t row[3][LONGEST + 1];
    for (size_t j = 0; j <= n; ++j)
        row[0][j] = j;
    for (size_t i = 1; i <= m; ++i) {
        size_t *now = row[i % 3], *before = row[(i + 2) % 3], *two_before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= n; ++j) {
            now[j] =
                least(before[j - 1] + (a[i - 1] != b[j - 1]), least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], two_before[j - 2] + 1);
        }
    }
    return row[m % 3][n];
}

const char *gd_nearest_name(const char *word,
                            const char *(*name_at)(const void *context, int index),
                            const void *context)
{
    if (word == NULL || name_at == NULL)
        return NULL;
    size_t length = strlen(word),
           best_distance = (length + 2) / 3 + 1; /* with as many edits, it is another word */
    const char *best = NULL, *name;
    if (length > LONGEST)
        return NULL;
    for (int i = 0; (name = name_at(context, i)) != NULL; ++i) {
        size_t n = strlen(name), d = n <= LONGEST ? distance(word, length, name, n) : LONGEST;
        if (d < best_distance) {
            best_distance = d;
            best = name;
        }
    }
    return best;
}
