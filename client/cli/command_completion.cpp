#include <iostream>
#include <memory>

#include "client/cli/commands.h"

namespace wheelhouse::cli {
namespace {

std::string Words(CLI::App* command) {
  std::vector<std::string> words;
  for (const CLI::App* inner : command->get_subcommands([](CLI::App*) { return true; }))
    words.push_back(inner->get_name());
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  return absl::StrJoin(words, " ");
}

// Words of each command, by its name; the program's own go with every command.
std::string BashScript(CLI::App* app) {
  std::string cases;
  for (CLI::App* command : app->get_subcommands([](CLI::App*) { return true; }))
    absl::StrAppend(&cases, "    ", command->get_name(), ") words=\"", Words(command), "\" ;;\n");
  return absl::StrCat(
      "_wheelhouse() {\n  local words\n  case \"${COMP_WORDS[1]}\" in\n", cases,
      "  esac\n  if [ \"$COMP_CWORD\" -le 1 ]; then words=\"", Words(app),
      "\"; fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n",
      "complete -o default -F _wheelhouse wheelhouse\n");
}

std::string FishScript(CLI::App* app) {
  std::string script;
  for (CLI::App* command : app->get_subcommands([](CLI::App*) { return true; })) {
    absl::StrAppend(&script, "complete -c wheelhouse -n __fish_use_subcommand -a ",
                    command->get_name(), " -d '", command->get_description(), "'\n");
    absl::StrAppend(&script, "complete -c wheelhouse -n '__fish_seen_subcommand_from ",
                    command->get_name(), "' -a '", Words(command), "'\n");
  }
  return script;
}

}  // namespace

void AddCompletion(CLI::App* app, const Options*, int* exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand("completion", "A completion script for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([shell, app, exit_code] {
    if (*shell == "fish") {
      std::cout << FishScript(app);
    } else {
      if (*shell == "zsh") std::cout << "autoload -U +X bashcompinit && bashcompinit\n";
      std::cout << BashScript(app);
    }
    *exit_code = 0;
  });
}

}  // namespace wheelhouse::cli
