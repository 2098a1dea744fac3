/* The program wengert: finds the command, runs it, and sees to it that what it wrote has arrived. */
#include "program.h"
#include <errno.h>
#include <signal.h>
#include <string.h>

#ifndef WENGERT_VERSION
#define WENGERT_VERSION "unknown"
#endif

typedef struct command {
  const char *name, *title; /* "lecture", "wengert lecture" */
  int (*run)(terminal *t, int argc, char **argv);
  const char *summary;
} command;

static const command commands[] = {
    {"lecture", "wengert lecture", command_lecture,
     "the main job: net D on the spiral, from the tape to the trained net"},
    {"derive", "wengert derive", command_derive, "the gradients of a net as formulas, line by line"},
    {"check", "wengert check", command_check, "the gradients of a net against finite differences"},
    {"graph", "wengert graph", command_graph, "the tape of a net as a table, for Graphviz, or as JSON"},
    {"doctor", "wengert doctor", command_doctor, "what is wrong with a net and its data, before they are trained"},
    {"train", "wengert train", command_train, "trains a net, on the spiral or on a file of your own"},
    {"bench", "wengert bench", command_bench, "where a training step of a net spends its time on this machine"},
    {"tune", "wengert tune", command_tune, "trains with many options, and says which are the best"},
    {"predict", "wengert predict", command_predict, "what a trained net says of new data"},
    {"eval", "wengert eval", command_eval, "what a trained net is worth, in few lines"},
    {"analyze", "wengert analyze", command_analyze, "what a trained net gets right and wrong, and a report of it"},
    {"sample", "wengert sample", command_sample, "text that a trained language model writes"},
    {"study", "wengert study", command_study, "what caching does in the chain rule: counted, executed, drawn"},
    {"explore", "wengert explore", command_explore, "a net as a page to explore in a browser, step by step"},
    {"ops", "wengert ops", command_ops, "the table of operations that networks are written with"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void help_print(FILE *stream) {
  fputs("Usage: wengert COMMAND [arguments] [options]\n\n"
        "Networks as graph code, differentiated by a reverse sweep over the tape: the\n"
        "gradients come out as numbers and as formulas.\n\nCommands:\n",
        stream);
  for (int i = 0; i < COMMAND_COUNT; i++) fprintf(stream, "  %-9s %s\n", commands[i].name, commands[i].summary);
  fputs("  help      this text; 'wengert help COMMAND' is 'wengert COMMAND --help'\n\n"
        "Options:\n"
        "  --help    this text, or after a command what that command takes\n"
        "  --version the version of the program\n\n"
        "Exit codes:\n"
        "  0  good\n"
        "  1  a check failed: a gradient differs from what it is compared with, the\n"
        "     doctor found a problem, or eval an accuracy below --at-least\n"
        "  2  usage: a command, option or argument that there is not or that does not fit\n"
        "  3  a file that cannot be read or written, or data that cannot be used\n"
        "  4  no memory, or an error of the program's own\n"
        "  130  interrupted: Ctrl-C\n\n"
        "Results go to standard output, messages and the progress bar to standard error.\n"
        "The environment variable NO_COLOR, if it is not empty, turns colors off.\n\n"
        "Begin with:\n"
        "  wengert lecture\n"
        "  wengert derive D --form lecture\n"
        "  wengert check E\n",
        stream);
}

static const command *command_find(const char *name) {
  for (int i = 0; i < COMMAND_COUNT; i++)
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  return NULL;
}

static int command_unknown(const terminal *t, const char *name) {
  const char *words[COMMAND_COUNT + 1] = {"help"};
  for (int i = 0; i < COMMAND_COUNT; i++) words[i + 1] = commands[i].name;
  const char *nearest = word_nearest(name, COMMAND_COUNT + 1, words);
  char list[COMMAND_COUNT * 16] = "";
  for (int i = 0; i < COMMAND_COUNT; i++) {
    strcat(list, i == 0 ? "" : i + 1 < COMMAND_COUNT ? ", " : " or ");
    strncat(list, commands[i].name, 10);
  }
  if (nearest)
    terminal_message(t, "unknown command '%s'; did you mean '%s'?", name, nearest);
  else
    terminal_message(t, "unknown command '%s'; it must be %s", name, list);
  usage_hint(t);
  return EXIT_USAGE;
}

static int command_run(terminal *t, const char *name, int argc, char **argv) {
  const command *found = command_find(name);
  if (!found) return command_unknown(t, name);
  t->command = found->title;
  return found->run(t, argc, argv);
}

static int dispatch(terminal *t, int argc, char **argv) {
  if (argc < 2) {
    help_print(t->messages);
    return EXIT_USAGE;
  }
  const char *word = argv[1];
  bool help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
  if (help && argc > 2) return command_run(t, argv[2], 1, (char *[]){(char[]){"--help"}, NULL});
  if (help) {
    help_print(t->out);
    return EXIT_GOOD;
  }
  if (strcmp(word, "--version") == 0) {
    fprintf(t->out, "wengert %s\n", WENGERT_VERSION);
    return EXIT_GOOD;
  }
  if (word[0] == '-') {
    terminal_message(t, "unknown option %s; options of a command come after it: wengert COMMAND --option", word);
    usage_hint(t);
    return EXIT_USAGE;
  }
  return command_run(t, word, argc - 2, argv + 2);
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN); /* a closed pipe is then a failed write, which is reported below */
  terminal t = terminal_new();
  int code = dispatch(&t, argc, argv);
  errno = 0;
  if (fflush(t.out) != 0 || ferror(t.out)) {
    t.command = "wengert";
    terminal_message(&t, "standard output: %s", errno ? strerror(errno) : "not everything could be written");
    return EXIT_DATA;
  }
  return code;
}
