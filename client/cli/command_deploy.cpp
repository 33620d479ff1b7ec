#include <absl/strings/match.h>

#include <memory>
#include <optional>

#include "client/cli/commands.h"
#include "client/cli/files.h"
#include "client/cli/output.h"
#include "client/cli/submit.h"
#include "common/durations.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/yaml_proto.h"

namespace wheelhouse::cli {
namespace {

struct DeployFlags {
  std::string chart, name, name_space = "default", timeout, version;
  std::vector<std::string> files, sets;
  std::optional<bool> wait;
};

absl::Status SetTimeout(const std::string& text, v1::ChartInfo* chart) {
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<absl::Duration> time = ParseDurationText(text);
  if (!time.ok())
    return MakeInvalid(Reason::kPlanInvalid, {{"--timeout", std::string(time.status().message())}});
  SetDuration(*time, chart->mutable_timeout());
  return absl::OkStatus();
}

absl::Status SetValues(const DeployFlags& flags, v1::ChartInfo* chart) {
  for (const std::string& file : flags.files) {
    const absl::StatusOr<std::string> content = ReadFile(file);
    if (!content.ok())
      return MakeInvalid(Reason::kPlanInvalid, {{"-f", std::string(content.status().message())}});
    auto* values = chart->add_values_files();
    values->set_name(file);
    values->set_content(*content);
  }
  for (const std::string& pair : flags.sets) {
    const size_t at = pair.find('=');
    if (at == std::string::npos || at == 0)
      return MakeInvalid(Reason::kPlanInvalid, {{"--set", "expected KEY=VALUE"}});
    auto* value = chart->add_values();
    value->set_key(pair.substr(0, at));
    value->set_value(pair.substr(at + 1));
  }
  return absl::OkStatus();
}

absl::StatusOr<LocalPlan> MakePlan(const DeployFlags& flags) {
  LocalPlan local;
  auto* chart = local.plan.add_charts();
  chart->set_name(flags.name);
  chart->set_namespace_(flags.name_space);
  if (flags.wait.has_value()) chart->set_wait(*flags.wait);
  RETURN_IF_ERROR(SetTimeout(flags.timeout, chart));
  RETURN_IF_ERROR(SetValues(flags, chart));
  if (!absl::StartsWith(flags.chart, "oci://")) {
    if (!flags.version.empty())
      return MakeInvalid(Reason::kPlanInvalid, {{"--version", "goes with oci:// charts only"}});
    local.chart_paths.push_back(flags.chart);
    return local;
  }
  chart->mutable_chart()->mutable_oci()->set_reference(flags.chart);
  chart->mutable_chart()->mutable_oci()->set_version(flags.version);
  if (flags.name.empty()) chart->set_name(flags.chart.substr(flags.chart.rfind('/') + 1));
  local.chart_paths.emplace_back();
  return local;
}

}  // namespace

void AddDeploy(CLI::App* app, const Options* options, int* exit_code) {
  auto flags = std::make_shared<DeployFlags>();
  CLI::App* command = app->add_subcommand("deploy", "Install or upgrade one chart");
  command->add_option("CHART", flags->chart, "A folder, a .tgz or oci://...")->required();
  command->add_option("--name", flags->name, "The release's name; default: the chart's");
  command->add_option("-n,--namespace", flags->name_space, "The release's namespace");
  command->add_option("-f,--values", flags->files, "A values file")->allow_extra_args(false);
  command->add_option("--set", flags->sets, "KEY=VALUE")->allow_extra_args(false);
  command->add_option("--wait", flags->wait, "Wait until it is ready: true or false");
  command->add_option("--timeout", flags->timeout, "How long one attempt may take: 10m");
  command->add_option("--version", flags->version, "The version of an oci:// chart");
  command->callback([flags, options, exit_code] {
    absl::StatusOr<LocalPlan> plan = MakePlan(*flags);
    *exit_code = plan.ok() ? Submit(*options, *std::move(plan)) : Fail(plan.status());
  });
}

}  // namespace wheelhouse::cli
