/* gd_run_train: one run alone. */
#include "fit/run/side_by_side.h"

typedef struct single {
    const gd_run *run; /* NULL: it has been taken */
    const gd_recipe *recipe;
    gd_run_result *result;
} single;

static bool begin(void *context, const gd_run **run, const gd_recipe **recipe)
{
    single *s = context;
    *run = s->run;
    *recipe = s->recipe;
    s->run = NULL;
    return true;
}

static bool end(void *context, gd_status status, gd_run_result *result)
{
    *((single *)context)->result = *result;
    result->logits = NULL;
    return status == GD_OK;
}

gd_status gd_run_train(const gd_run *run, const gd_recipe *recipe, gd_run_result *result)
{
    *result = (gd_run_result){.epochs = 0};
    if (!gd__run_check(run, recipe))
        return gd_message_status();
    single s = {.run = run, .recipe = recipe, .result = result};
    gd__lane lane = {.begin = begin, .end = end, .context = &s};
    gd__lanes lanes = {.lanes = &lane,
                       .count = 1,
                       .widest = run->parameters != NULL ? 1 : run->count,
                       .pool = run->pool,
                       .one_by_one = run->checkpoint != NULL,
                       .watch = run->watch,
                       .context = run->context};
    return gd__status(gd__run_lanes(&lanes));
}
