#include "client/cli/commands/completion/completion.h"

#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/completion/completion_script.h"

namespace wheelhouse::cli {

void AddCompletion(CLI::App* app, const Console* console, int* exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("");
  command->footer(
      Examples({"source <(wheelhouse completion bash)",
                "wheelhouse completion fish > ~/.config/fish/completions/wheelhouse.fish"}));
  command->callback([shell, app, console, exit_code] {
    console->out << (*shell == "bash"  ? BashCompletion(*app)
                     : *shell == "zsh" ? ZshCompletion(*app)
                                       : FishCompletion(*app));
    *exit_code = kExitDone;
  });
}

}  // namespace wheelhouse::cli
