/* From a table to a model, and from a model to predictions: fit_table [TABLE [MODEL]] fits a table, prints the scores
 * and saves the model; fit_table --predict MODEL TABLE predicts with it, or with one of `gradus train`. */
#include "common/example.h"
#include <gradus/fit.h>

static void fit(const char *path, const char *to)
{
    gd_table *table = example_must(gd_table_read(path, NULL));
    gd_model *model;
    example_check(gd_fit(table, &(gd_fit_options){.seed = 7}, &model) == GD_OK, gd_message());
    const gd_scores *scores = &gd_model_training(model)->scores; /* of rows it had not seen */
    for (int i = 0; i < scores->count; ++i)
        printf("%s\"%s\": %.4f", i > 0 ? ", " : "{", scores->at[i].name, scores->at[i].value);
    puts("}");
    example_check(to == NULL || gd_model_save(model, to) == GD_OK, gd_message());
    gd_model_destroy(model);
    gd_table_destroy(table);
}

static void predict(const char *from, const char *path)
{
    gd_model *model;
    gd_prediction p;
    example_check(gd_model_load(&model, from) == GD_OK, gd_message());
    const gd_target *target = gd_model_target(model);
    gd_table *table = example_must(gd_model_read_table(model, path, NULL));
    example_check(gd_model_predict(model, table, NULL, &p) == GD_OK, gd_message());
    for (int64_t i = 0; i < gd_table_rows(table); ++i)
        puts(gd_target_label(target, gd_predicted_class(target, &p, i)));
    gd_prediction_free(&p);
    gd_table_destroy(table);
    gd_model_destroy(model);
}

int main(int argc, char **argv)
{
    if (argc == 4) /* --predict */
        return predict(argv[2], argv[3]), 0;
    fit(argc > 1 ? argv[1] : EXAMPLES_DATA "/iris.csv", argc > 2 ? argv[2] : NULL);
}
