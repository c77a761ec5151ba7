#include "cli/cli.h"

#include <string.h>

int cli_print_json(const gd__json *json)
{
    char *text = gd__json_text(json, true);
    if (text == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    puts(text); /* cli_output_end says whether it could */
    gd__json_text_destroy(text);
    return CLI_OK;
}

gd__json *cli_encoder_json(const gd_encoder *encoder)
{
    char *text = gd_encoder_json(encoder);
    gd__json *json = text != NULL ? gd__json_parse("encoder", text, strlen(text)) : NULL;
    gd_encoder_json_destroy(text);
    return json;
}

/* Adds an option's value where it was given. */
static void add_value(gd__json *json, const cli_options *options, const cli_option *option)
{
    const void *at = (const char *)options + option->offset;
    const gd_optional *number = at;
    const char *const *text = at;
    gd__json *value = NULL;
    bool given = true;
    switch (option->kind) {
    case CLI_FLAG:
        if ((given = *(const bool *)at))
            value = gd__json_boolean(true);
        break;
    case CLI_SEED:
        value = gd__json_integer((int64_t) * (const uint64_t *)at);
        break;
    case CLI_WHOLE:
    case CLI_NUMBER:
        if ((given = number->given))
            value = gd__json_real(number->value);
        break;
    default:
        if ((given = *text != NULL))
            value = gd__json_string(*text);
    }
    if (given)
        gd__json_set(json, option->name, value);
}

gd__json *cli_options_json(const cli_options *options, const char *const *but)
{
    gd__json *json = gd__json_object();
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        bool left_out = false;
        for (int i = 0; but[i] != NULL; ++i)
            left_out |= strcmp(but[i], o->name) == 0;
        if (!left_out && cli_takes(options->command, o) && o->group != CLI_OUTPUT)
            add_value(json, options, o);
    }
    return json;
}
