/* Completion for bash, made from the tables of commands and options. */
#include "cli/cli.h"

#include <string.h>

static void put_names(FILE *file)
{
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        fprintf(file, "%s%s", c == cli_command_list ? "" : " ", c->name);
}

/* "a|b" as "a b" */
static void put_words(FILE *file, const char *words)
{
    for (; *words != '\0' && *words != ' '; ++words)
        fputc(*words == '|' ? ' ' : *words, file);
}

/* "train --output" | "train -o" | ..: options of one name differ from command to command. */
static void put_patterns(FILE *file, const cli_option *option)
{
    const char *separator = "    ";
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        if (!cli_takes(c, option))
            continue;
        fprintf(file, "%s\"%s --%s\"", separator, c->name, option->name);
        separator = " | ";
        if (option->letter != 0)
            fprintf(file, " | \"%s -%c\"", c->name, option->letter);
    }
    fputc(')', file);
}

/* What can follow an option: its choices, a file, or something that only the user knows. */
static void put_values(FILE *file, const cli_option *option)
{
    if (option->argument == NULL)
        return;
    put_patterns(file, option);
    if (option->kind == CLI_CHOICE) {
        fputs(" _gradus_words \"", file);
        put_words(file, option->accepts);
        fputs("\";", file);
    } else if (option->kind == CLI_FILE) {
        fputs(" _gradus_files;", file);
    }
    fputs(" return ;;\n", file);
}

static void put_options(FILE *file, const cli_command *command)
{
    fprintf(file, "    %s) options=\"", command->name);
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (cli_takes(command, o))
            fprintf(file, "--%s ", o->name);
    fputs("--help\" ;;\n", file);
}

/* The script: what stands between the parts comes from the tables. */
static const char before_commands[] =
    "# bash completion of gradus; `gradus help --completion` has printed it.\n"
    "\n"
    "_gradus_words() {\n"
    "  mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\")\n"
    "}\n"
    "\n"
    "_gradus_files() {\n"
    "  mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
    "  compopt -o filenames 2>/dev/null\n"
    "}\n"
    "\n"
    "_gradus() {\n"
    "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
    "  local command=${COMP_WORDS[1]} options=\n"
    "  COMPREPLY=()\n"
    "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
    "    _gradus_words \"";
static const char before_values[] = " --help --version\"\n"
                                    "    return\n"
                                    "  fi\n"
                                    "  # bash cuts --option=value into three words\n"
                                    "  if [[ $current == = ]]; then\n"
                                    "    current=\n"
                                    "  elif [[ $previous == = ]]; then\n"
                                    "    previous=${COMP_WORDS[COMP_CWORD-2]}\n"
                                    "  fi\n"
                                    "  case \"$command $previous\" in\n";
static const char before_options[] = "  esac\n"
                                     "  case $command in\n";
static const char before_operands[] = "  esac\n"
                                      "  if [[ $current == -* ]]; then\n"
                                      "    _gradus_words \"$options\"\n"
                                      "  elif [[ $command == help ]]; then\n"
                                      "    _gradus_words \"";
static const char at_end[] = "\"\n"
                             "  else\n"
                             "    _gradus_files\n"
                             "  fi\n"
                             "}\n"
                             "\n"
                             "complete -F _gradus gradus\n";

void cli_print_completion(FILE *file)
{
    fputs(before_commands, file);
    put_names(file);
    fputs(before_values, file);
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        put_values(file, o);
    fputs(before_options, file);
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        put_options(file, c);
    fputs(before_operands, file);
    put_names(file);
    fputs(at_end, file);
}
