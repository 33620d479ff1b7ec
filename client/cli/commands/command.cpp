#include "client/cli/commands/command.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

namespace wheelhouse::cli {

std::string Examples(const std::vector<std::string>& lines) {
  return absl::StrCat("Example:\n  ", absl::StrJoin(lines, "\n  "),
                      "\n\nFlags of all commands: wheelhouse --help");
}

void AddList(CLI::App* group, CLI::App* list, const std::function<void()>& body) {
  group->require_subcommand(0, 1);
  group->callback([group, body] {
    if (group->get_subcommands().empty()) body();
  });
  list->callback(body);
}

void AddRelease(CLI::App* command, std::string* name, std::string* name_space) {
  command->add_option("RELEASE", *name, "The release's name")->required()->type_name("");
  AddNamespace(command, name_space, "The release's namespace (default: default)");
}

void AddNamespace(CLI::App* command, std::string* name_space, const std::string& what) {
  command->add_option("-n,--namespace", *name_space, what)
      ->envname("WHEELHOUSE_NAMESPACE")
      ->type_name("NS");
}

void AddReportFormat(CLI::App* command, std::string* format) {
  command
      ->add_option("-o,--output", *format,
                   "text, json, yaml, or markdown: a comment for a pull request")
      ->check(CLI::IsMember({"text", "json", "yaml", "markdown"}))
      ->type_name("FORMAT");
}

Options OptionsFor(const Console& console, const std::string& format) {
  Options options = console.options;
  if (!format.empty() && format != "markdown") options.output = format;
  return options;
}

LocalPlan PlanOfRelease(v1::ChartInfo chart) {
  LocalPlan local;
  *local.plan.add_charts() = std::move(chart);
  local.chart_paths.emplace_back();
  local.from_flags = true;
  local.locations = {{"charts[0].name", "RELEASE"}, {"charts[0].namespace", "--namespace"}};
  return local;
}

int WithConnection(const Console& console, const std::function<int(const Connection&)>& body) {
  const absl::StatusOr<Connection> connection = Connect(console.options);
  return connection.ok() ? body(*connection) : Fail(console, connection.status());
}

}  // namespace wheelhouse::cli
