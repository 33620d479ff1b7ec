#include "client/cli/program.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "client/cli/commands/completion/completion.h"
#include "client/cli/commands/daemon/daemon_commands.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/commands/runs/run_commands.h"
#include "client/cli/output/terminal_text.h"
#include "common/formats/yaml_proto.h"
#include "common/reason.h"
#include "common/utf8.h"

namespace wheelhouse::cli {
namespace {

constexpr char kExitCodes[] =
    "Exit codes: 0 done or detached, 1 the run failed, 2 wrong usage or an invalid plan,\n"
    "3 no connection or not allowed, 4 cancelled, 5 deadline exceeded, 6 plan --exit-code: "
    "changes.";

void AddCommonFlags(CLI::App* app, Options* options) {
  app->add_option("--server", options->server,
                  "The daemon's address: unix:///PATH or HOST:PORT (default: its default socket)")
      ->envname("WHEELHOUSE_SERVER")
      ->type_name("ADDRESS");
  app->add_option("--tls-ca", options->tls_ca,
                  "With HOST:PORT: the CA that signed the daemon's certificate")
      ->type_name("FILE");
  app->add_option("--tls-cert", options->tls_cert, "With HOST:PORT: your client certificate")
      ->type_name("FILE");
  app->add_option("--tls-key", options->tls_key, "With HOST:PORT: the key of your certificate")
      ->type_name("FILE");
  app->add_option(
         "--cluster", options->cluster,
         "The cluster's name in the daemon's configuration (default: the daemon's default)")
      ->type_name("NAME");
  app->add_option(
         "-o,--output", options->output,
         "text, json or yaml; a watched run is one event per line (json) or document (yaml)")
      ->check(CLI::IsMember({"text", "json", "yaml"}))
      ->type_name("FORMAT");
  app->add_flag("--detach", options->detach, "Print the run's id and do not watch the run");
  app->add_option(
         "--request-id", options->request_id,
         "An id for this request: repeated with the same id within a day, it returns the same "
         "run")
      ->type_name("ID");
}

void AddCommands(CLI::App* app, const Console* console, int* exit_code) {
  for (const auto add : {AddDeploy,   AddApply,    AddPlan,    AddPlans,     AddImport, AddDestroy,
                         AddReleases, AddHistory,  AddGet,     AddDiff,      AddDrift,  AddTree,
                         AddLogs,     AddRollback, AddUnlock,  AddRuns,      AddQueue,  AddProfiles,
                         AddHooks,    AddStatus,   AddVersion, AddCompletion})
    add(app, console, exit_code);
}

// The innermost command that was named.
const CLI::App* Named(const CLI::App& app) {
  const CLI::App* named = &app;
  while (!named->get_subcommands().empty()) named = named->get_subcommands().back();
  return named;
}

std::vector<std::string> CommandNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* inner : command.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(inner->get_name());
  return names;
}

std::vector<std::string> FlagNames(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* one : {&command, &app}) {
    for (const CLI::Option* option : one->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

// What is wrong, and what may have been meant.
std::string Explained(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error) {
  const std::vector<std::string> extras = app.remaining(true);
  if (extras.empty() || error.get_name() == "ConversionError") {
    const std::vector<std::string> names = CommandNames(command);
    return names.empty() ? error.what()
                         : absl::StrCat("a command is missing: ", absl::StrJoin(names, ", "));
  }
  const std::string name = extras[0].substr(0, extras[0].find('='));
  const bool flag = absl::StartsWith(name, "-");
  const std::vector<std::string> known = flag ? FlagNames(app, command) : CommandNames(command);
  const std::string nearest = NearestName(name, known);
  return absl::StrCat(flag            ? "unknown flag "
                      : known.empty() ? "unexpected argument "
                                      : "unknown command ",
                      name, nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?"));
}

int Misused(const CLI::App& app, const CLI::ParseError& error, std::ostream& errors) {
  const CLI::App& command = *Named(app);
  const std::string path =
      &command == &app ? "wheelhouse"
      : command.get_parent() == &app
          ? "wheelhouse " + command.get_name()
          : absl::StrCat("wheelhouse ", command.get_parent()->get_name(), " ", command.get_name());
  errors << "wheelhouse: " << Printable(Explained(app, command, error)) << "\n"
         << path << " --help shows the usage\n";
  return kExitUsage;
}

}  // namespace

int RunProgram(std::vector<std::string> arguments, std::ostream& out, std::ostream& errors,
               int terminal, bool colour) {
  Options options;
  const Console console{options, out, errors, terminal, colour};
  int exit_code = kExitDone;
  CLI::App app("Deploys Helm charts through wheelhoused", "wheelhouse");
  app.set_help_flag("-h,--help", "Print this help");
  AddCommonFlags(&app, &options);
  app.require_subcommand(1);
  app.fallthrough();  // the flags of all commands may also follow the command
  app.footer(absl::StrCat("Example:\n  wheelhouse deploy ./chart -n demo --set replicas=2\n\n",
                          "wheelhouse COMMAND --help describes a command.\n", kExitCodes));
  AddCommands(&app, &console, &exit_code);
  if (arguments.empty()) {
    errors << app.help();
    return kExitUsage;
  }
  for (const std::string& argument : arguments) {
    if (IsValidUtf8(argument)) continue;  // no message of the API could carry it
    errors << "wheelhouse: this argument is not UTF-8: " << Printable(argument) << "\n";
    return kExitUsage;
  }
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::Success& help) {
    return app.exit(help, out, errors);
  } catch (const CLI::ParseError& error) {
    return Misused(app, error, errors);
  }
  return exit_code;
}

}  // namespace wheelhouse::cli
