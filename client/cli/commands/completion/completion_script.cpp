#include "client/cli/commands/completion/completion_script.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

namespace wheelhouse::cli {
namespace {

// The newest runs. A daemon that does not answer must not block the shell, and what a hostile one
// answers must not reach it: the shell expands the words of a completion.
constexpr char kRunIds[] =
    "timeout 2 wheelhouse runs list --page-size 20 2>/dev/null"
    " | sed -n '2,$s/^\\([0-9a-z]*\\) .*/\\1/p'";
constexpr char kProfiles[] =
    "timeout 2 wheelhouse profiles list 2>/dev/null"
    " | sed -n '2,$s/^\\([0-9a-z-]*\\) .*/\\1/p'";

constexpr char kBash[] = R"(_wheelhouse() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
      @VALUE_FLAGS@) ((i++)); [ "${COMP_WORDS[i]}" != = ] || ((i++)) ;;
      -*|=) ;;
      *) case "$command" in @GROUPS@) command="${command:+$command }${COMP_WORDS[i]}" ;; esac ;;
    esac
  done
  case "$prev" in
    -o|--output) COMPREPLY=($(compgen -W "text json yaml" -- "$cur")); return ;;
    --profile) COMPREPLY=($(compgen -W "$(@PROFILES@) auto" -- "$cur")); return ;;
    @VALUE_FLAGS@) return ;;
  esac
  case "$command" in
@CASES@  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "${words##*|} @COMMON_FLAGS@" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W "${words%%|*}" -- "$cur")) ;;
  esac
}
complete -o default -F _wheelhouse wheelhouse
)";

using Commands = std::vector<const CLI::App*>;

Commands Below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// `--name` of each flag, and `-n` with `with_short`.
std::vector<std::string> Flags(const CLI::App& app, bool with_short, bool with_value_only) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    if (with_value_only && option->get_items_expected_max() == 0) continue;
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    if (!with_short) continue;
    for (const std::string& name : option->get_snames()) flags.push_back("-" + name);
  }
  return flags;
}

std::string Names(const CLI::App& app) {
  return absl::StrJoin(Below(app), " ", [](std::string* out, const CLI::App* command) {
    absl::StrAppend(out, command->get_name());
  });
}

// A pattern that matches the commands with commands of their own, and no command at all.
std::string Groups(const CLI::App& app) {
  std::string groups = "''";
  for (const CLI::App* command : Below(app)) {
    if (!Below(*command).empty()) absl::StrAppend(&groups, "|", command->get_name());
  }
  return groups;
}

// What may follow a command: its own commands, the values of an argument, runs, or profiles.
std::string Arguments(const CLI::App& command) {
  if (!Below(command).empty()) return Names(command);
  if (command.get_name() == "completion") return "bash zsh fish";
  if (command.get_option_no_throw("ID") != nullptr) return absl::StrCat("$(", kRunIds, ")");
  if (command.get_option_no_throw("PROFILE") != nullptr) return absl::StrCat("$(", kProfiles, ")");
  return "";
}

// A case for the command as it is written, `runs get`, and for each command below it.
void AddCases(const CLI::App& command, const std::string& written, std::string* cases) {
  absl::StrAppend(cases, "    '", written, "') words=\"", Arguments(command), "|",
                  absl::StrJoin(Flags(command, false, false), " "), "\" ;;\n");
  for (const CLI::App* inner : Below(command))
    AddCases(*inner, written.empty() ? inner->get_name() : written + " " + inner->get_name(),
             cases);
}

void AddValueFlags(const CLI::App& command, std::vector<std::string>* flags) {
  for (const std::string& flag : Flags(command, true, true)) flags->push_back(flag);
  for (const CLI::App* inner : Below(command)) AddValueFlags(*inner, flags);
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

void AddFishFlags(const CLI::App& command, const std::string& when, std::string* script) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_lnames().empty()) continue;
    absl::StrAppend(script, "complete -c wheelhouse", when, " -l ", option->get_lnames()[0]);
    if (!option->get_snames().empty()) absl::StrAppend(script, " -s ", option->get_snames()[0]);
    if (option->get_items_expected_max() > 0) absl::StrAppend(script, " -r");
    absl::StrAppend(script, " -d ", Quoted(option->get_description()), "\n");
  }
}

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  std::string cases;
  AddCases(app, "", &cases);
  std::vector<std::string> values;
  AddValueFlags(app, &values);
  return absl::StrReplaceAll(kBash,
                             {{"@CASES@", cases},
                              {"@GROUPS@", Groups(app)},
                              {"@PROFILES@", kProfiles},
                              {"@VALUE_FLAGS@", absl::StrJoin(values, "|")},
                              {"@COMMON_FLAGS@", absl::StrJoin(Flags(app, false, false), " ")}});
}

std::string ZshCompletion(const CLI::App& app) {
  return absl::StrCat(
      "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n",
      BashCompletion(app));
}

std::string FishCompletion(const CLI::App& app) {
  std::string script;
  AddFishFlags(app, "", &script);
  for (const CLI::App* command : Below(app)) {
    absl::StrAppend(&script, "complete -c wheelhouse -n __fish_use_subcommand -a ",
                    command->get_name(), " -d ", Quoted(command->get_description()), "\n");
    const std::string when =
        absl::StrCat(" -n '__fish_seen_subcommand_from ", command->get_name(), "'");
    AddFishFlags(*command, when, &script);
    const std::string arguments = Arguments(*command);
    if (!arguments.empty())
      absl::StrAppend(&script, "complete -c wheelhouse -f", when, " -a '", arguments, "'\n");
    for (const CLI::App* inner : Below(*command)) {
      const std::string asked = Arguments(*inner);
      if (absl::StartsWith(asked, "$("))
        absl::StrAppend(&script, "complete -c wheelhouse -f -n '__fish_seen_subcommand_from ",
                        inner->get_name(), "' -a ", Quoted(asked.substr(1)), "\n");
      AddFishFlags(*inner,
                   absl::StrCat(" -n '__fish_seen_subcommand_from ", inner->get_name(), "'"),
                   &script);
    }
  }
  return script;
}

}  // namespace wheelhouse::cli
