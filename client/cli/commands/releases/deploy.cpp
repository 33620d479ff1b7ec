#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <filesystem>
#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/plan/set_flag.h"
#include "client/cli/run/submit.h"
#include "client/cli/shell/files.h"
#include "common/formats/yaml_proto.h"
#include "common/status_macros.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

struct DeployFlags {
  std::string chart, name, name_space = "default", timeout, version, profile, logs;
  std::vector<std::string> files, sets, string_sets, secret_values, plain_values;
  bool wait = true, no_hooks = false;
};

absl::Status Wrong(absl::string_view flag, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", std::string(status.message())));
}

absl::Status SetTimeout(const std::string& text, v1::ChartInfo* chart) {
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<absl::Duration> time = ParseDurationText(text);
  if (!time.ok()) return Wrong("--timeout", time.status());
  *chart->mutable_timeout() = ToProto(*time);
  return absl::OkStatus();
}

absl::Status SetLogs(const std::string& text, v1::ChartInfo* chart) {
  if (text.empty()) return absl::OkStatus();
  v1::PodLogs logs = v1::POD_LOGS_UNSPECIFIED;
  if (!v1::PodLogs_Parse(absl::StrCat("POD_LOGS_", absl::AsciiStrToUpper(text)), &logs))
    return absl::InvalidArgumentError("--logs: must be failing, all or none");
  chart->set_logs(logs);
  return absl::OkStatus();
}

absl::Status AddPairs(absl::string_view flag, const std::vector<std::string>& texts,
                      google::protobuf::RepeatedPtrField<v1::SetValue>* pairs) {
  for (const std::string& text : texts) {
    const auto split = SplitSet(text);
    if (!split.ok()) return Wrong(flag, split.status());
    pairs->Add(split->begin(), split->end());
  }
  return absl::OkStatus();
}

absl::Status SetValues(const DeployFlags& flags, v1::ChartInfo* chart) {
  for (const std::string& file : flags.files) {
    const absl::StatusOr<std::string> content = ReadTextFile(file);
    if (!content.ok()) return Wrong("--values", content.status());
    auto* values = chart->add_values_files();
    values->set_name(file);
    values->set_content(*content);
  }
  chart->mutable_secret_values()->Assign(flags.secret_values.begin(), flags.secret_values.end());
  chart->mutable_plain_values()->Assign(flags.plain_values.begin(), flags.plain_values.end());
  RETURN_IF_ERROR(AddPairs("--set", flags.sets, chart->mutable_values()));
  return AddPairs("--set-string", flags.string_sets, chart->mutable_values_string());
}

// Where the chart comes from: a path stays beside the plan, to be uploaded.
absl::Status SetChart(const DeployFlags& flags, LocalPlan* local) {
  auto* chart = local->plan.mutable_charts(0);
  std::error_code error;
  if (!absl::StartsWith(flags.chart, "oci://")) {
    if (!flags.version.empty())
      return absl::InvalidArgumentError("--version: is for oci:// charts only");
    if (!std::filesystem::exists(flags.chart, error))
      return absl::InvalidArgumentError(absl::StrCat("there is no chart at ", flags.chart,
                                                     ": expected a folder, a .tgz or oci://..."));
    local->chart_paths.push_back(flags.chart);
    return absl::OkStatus();
  }
  chart->mutable_chart()->mutable_oci()->set_reference(flags.chart);
  chart->mutable_chart()->mutable_oci()->set_version(flags.version);
  if (flags.name.empty()) chart->set_name(flags.chart.substr(flags.chart.rfind('/') + 1));
  local->chart_paths.emplace_back();
  return absl::OkStatus();
}

absl::StatusOr<LocalPlan> MakePlan(const DeployFlags& flags, bool wait_said) {
  LocalPlan local;
  auto* chart = local.plan.add_charts();
  chart->set_name(flags.name);
  chart->set_namespace_(flags.name_space);
  chart->set_profile(flags.profile);
  chart->set_no_hooks(flags.no_hooks);
  if (wait_said) chart->set_wait(flags.wait);
  RETURN_IF_ERROR(SetTimeout(flags.timeout, chart));
  RETURN_IF_ERROR(SetLogs(flags.logs, chart));
  RETURN_IF_ERROR(SetValues(flags, chart));
  RETURN_IF_ERROR(SetChart(flags, &local));
  local.locations = {{"charts[0].name", "--name"},
                     {"charts[0].namespace", "--namespace"},
                     {"charts[0].chart", "CHART"},
                     {"charts[0].timeout", "--timeout"},
                     {"charts[0].values", "--set"},
                     {"charts[0].valuesString", "--set-string"},
                     {"charts[0].valuesFiles", "--values"},
                     {"charts[0].wait", "--wait"},
                     {"charts[0].profile", "--profile"},
                     {"charts[0].secretValues", "--secret-values"},
                     {"charts[0].plainValues", "--plain-values"}};
  return local;
}

void AddValueOptions(CLI::App* command, DeployFlags* flags) {
  command
      ->add_option("-f,--values", flags->files,
                   "A values file, or - for standard input; a later one wins over an earlier one")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command
      ->add_option("--set", flags->sets, "Values in helm's --set syntax; they win over all files")
      ->allow_extra_args(false)
      ->type_name("K=V,...");
  command->add_option("--set-string", flags->string_sets, "Like --set, but every value is a string")
      ->allow_extra_args(false)
      ->type_name("K=V,...");
  command
      ->add_option(
          "--secret-values", flags->secret_values,
          "Also mask the value at this path (values of --set-string, and under names such as "
          "password, are masked anyway)")
      ->allow_extra_args(false)
      ->type_name("PATH");
  command
      ->add_option("--plain-values", flags->plain_values,
                   "Do not mask the value at this path, whatever it is called")
      ->allow_extra_args(false)
      ->type_name("PATH");
}

}  // namespace

void AddDeploy(CLI::App* app, const Console* console, int* exit_code) {
  auto flags = std::make_shared<DeployFlags>();
  CLI::App* command = app->add_subcommand("deploy", "Install or upgrade one chart");
  command->add_option("CHART", flags->chart, "A folder, a .tgz or oci://...")
      ->required()
      ->type_name("");
  command->add_option("--name", flags->name, "The release's name (default: the chart's name)")
      ->type_name("NAME");
  command
      ->add_option("-n,--namespace", flags->name_space,
                   "The release's namespace, created when it is missing (default: default)")
      ->type_name("NS");
  AddValueOptions(command, flags.get());
  CLI::Option* wait = command->add_flag(
      "--wait", flags->wait, "Wait until everything is ready (default; --wait=false does not)");
  command->add_flag("--no-hooks", flags->no_hooks, "Run none of the chart's hooks");
  command
      ->add_option("--timeout", flags->timeout,
                   "The time for one attempt, waiting included (default 10m)")
      ->type_name("TIME");
  command
      ->add_option(
          "--logs", flags->logs,
          "While waiting, show the log lines of failing pods (default), of all new pods, or "
          "none")
      ->type_name("failing|all|none");
  command
      ->add_option("--profile", flags->profile,
                   "A profile for the chart: a name from `wheelhouse profiles list`, or auto")
      ->type_name("NAME");
  command->add_option("--version", flags->version, "The version of an oci:// chart")
      ->type_name("VERSION");
  command->footer(
      Examples({"wheelhouse deploy ./podinfo -n demo --set replicaCount=2,ui.color=red",
                "wheelhouse deploy oci://ghcr.io/stefanprodan/charts/podinfo -n demo"}));
  command->callback([flags, wait, console, exit_code] {
    absl::StatusOr<LocalPlan> plan = MakePlan(*flags, wait->count() > 0);
    *exit_code = plan.ok() ? Submit(*console, *std::move(plan)) : Fail(*console, plan.status());
  });
}

}  // namespace wheelhouse::cli
