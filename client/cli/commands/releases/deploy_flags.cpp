#include "client/cli/commands/releases/deploy_flags.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <cstdint>
#include <filesystem>
#include <utility>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/flag_words.h"
#include "client/cli/plan/patch_file.h"
#include "client/cli/plan/set_flag.h"
#include "client/cli/plan/set_json.h"
#include "client/cli/shell/files.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

absl::Status SetTimeout(const std::string& text, v1::ChartInfo* chart) {
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<absl::Duration> time = ParseDurationText(text);
  if (!time.ok()) return WrongFlag("--timeout", time.status());
  *chart->mutable_timeout() = ToProto(*time);
  return absl::OkStatus();
}

absl::Status AddPairs(absl::string_view flag, const std::vector<std::string>& texts,
                      google::protobuf::RepeatedPtrField<v1::SetValue>* pairs) {
  for (const std::string& text : texts) {
    const auto split = SplitSet(text);
    if (!split.ok()) return WrongFlag(flag, split.status());
    pairs->Add(split->begin(), split->end());
  }
  return absl::OkStatus();
}

// `--set-file a.b=PATH,...`: helm splits it as it splits --set.
absl::Status AddFiles(const std::vector<std::string>& texts, v1::ChartInfo* chart) {
  for (const std::string& text : texts) {
    const auto split = SplitSet(text);
    if (!split.ok()) return WrongFlag("--set-file", split.status());
    for (const v1::SetValue& pair : *split) {
      const absl::StatusOr<std::string> content = ReadTextFile(pair.value());
      if (!content.ok()) return WrongFlag("--set-file", content.status());
      *chart->add_values_string() = SetToText(pair.key(), *content);
    }
  }
  return absl::OkStatus();
}

absl::Status SetValues(const DeployFlags& flags, v1::ChartInfo* chart) {
  for (const std::string& file : flags.files) {
    const absl::StatusOr<std::string> content = ReadTextFile(file);
    if (!content.ok()) return WrongFlag("--values", content.status());
    auto* values = chart->add_values_files();
    values->set_name(file);
    values->set_content(*content);
  }
  for (const std::string& text : flags.json_sets) {
    absl::StatusOr<v1::ValuesFile> values = ReadSetJson(text);
    if (!values.ok()) return WrongFlag("--set-json", values.status());
    *chart->add_yaml_files_content() = *std::move(values);
  }
  chart->mutable_secret_values()->Assign(flags.secret_values.begin(), flags.secret_values.end());
  chart->mutable_plain_values()->Assign(flags.plain_values.begin(), flags.plain_values.end());
  RETURN_IF_ERROR(AddPairs("--set", flags.sets, chart->mutable_values()));
  RETURN_IF_ERROR(AddPairs("--set-string", flags.string_sets, chart->mutable_values_string()));
  return AddFiles(flags.file_sets, chart);
}

absl::Status AddPatches(const std::vector<std::string>& paths, v1::ChartInfo* chart) {
  for (const std::string& path : paths) {
    const absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) return WrongFlag("--patch", text.status());
    ASSIGN_OR_RETURN(const std::vector<v1::Patch> patches, ParsePatches(*text, path));
    chart->mutable_patches()->Add(patches.begin(), patches.end());
  }
  return absl::OkStatus();
}

// Where the chart comes from: a path stays beside the plan, to be uploaded.
absl::Status SetChart(const DeployFlags& flags, LocalPlan* local) {
  auto* chart = local->plan.mutable_charts(0);
  local->chart_paths.emplace_back();
  if (flags.verify) chart->mutable_chart()->set_verify(v1::VERIFY_REQUIRED);
  if (!flags.repository.empty()) {
    auto* repository = chart->mutable_chart()->mutable_repository();
    repository->set_url(flags.repository);
    repository->set_name(flags.chart);
    repository->set_version(flags.version);
    if (flags.name.empty()) chart->set_name(flags.chart);
    return absl::OkStatus();
  }
  if (absl::StartsWith(flags.chart, "oci://")) {
    chart->mutable_chart()->mutable_oci()->set_reference(flags.chart);
    chart->mutable_chart()->mutable_oci()->set_version(flags.version);
    if (flags.name.empty()) chart->set_name(flags.chart.substr(flags.chart.rfind('/') + 1));
    return absl::OkStatus();
  }
  if (!flags.version.empty())
    return absl::InvalidArgumentError("--version: is for charts of --repo and oci:// only");
  std::error_code error;
  if (!std::filesystem::exists(flags.chart, error))
    return absl::InvalidArgumentError(
        absl::StrCat("there is no chart at ", flags.chart,
                     ": expected a folder, a .tgz, oci://..., or a name together with --repo"));
  local->chart_paths[0] = flags.chart;
  return absl::OkStatus();
}

absl::Status SetChoices(const DeployFlags& flags, v1::ChartInfo* chart) {
  RETURN_IF_ERROR(SetTimeout(flags.timeout, chart));
  ASSIGN_OR_RETURN(const v1::PodLogs logs, LogsOf(flags.logs));
  ASSIGN_OR_RETURN(const v1::CrdPolicy crds, CrdPolicyOf(flags.crd_policy));
  ASSIGN_OR_RETURN(const v1::FieldConflicts conflicts, FieldConflictsOf(flags.field_conflicts));
  chart->set_logs(logs);
  chart->set_crd_policy(crds);
  chart->set_field_conflicts(conflicts);
  RETURN_IF_ERROR(SetAllow(flags.allow, chart->mutable_allow()));
  RETURN_IF_ERROR(AddLabels("--label", flags.labels, chart->mutable_labels()));
  return AddLabels("--namespace-label", flags.namespace_labels, chart->mutable_namespace_labels());
}

// A flag that is set, unset with FLAG=false, or not given. (CLI11 2.3 takes an optional for a
// number, and sets it.)
void AddSwitch(CLI::App* command, const char* name, std::optional<bool>* to, const char* what) {
  command->add_flag_function(name, [to](int64_t given) { *to = given > 0; }, what);
}

void AddValueFlags(CLI::App* command, DeployFlags* flags) {
  const auto add = [command](const char* name, std::vector<std::string>* to, const char* what,
                             const char* type) {
    command->add_option(name, *to, what)->allow_extra_args(false)->type_name(type);
  };
  add("-f,--values", &flags->files,
      "A values file, or - for standard input; a later one wins over an earlier one", "FILE");
  add("--set-json", &flags->json_sets,
      "Values in JSON: an object, or KEY=JSON; they win over all files", "K=JSON,...");
  add("--set", &flags->sets, "Values in helm's --set syntax; they win over files and --set-json",
      "K=V,...");
  add("--set-string", &flags->string_sets,
      "Like --set, but every value is a string; wins over --set", "K=V,...");
  add("--set-file", &flags->file_sets,
      "Set a value to what a file holds; wins over all other values. Masked, as --set-string is",
      "K=FILE,...");
  add("--secret-values", &flags->secret_values,
      "Also mask the value at this path (values of --set-string and --set-file, and under names "
      "such as password, are masked anyway)",
      "PATH");
  add("--plain-values", &flags->plain_values,
      "Do not mask the value at this path, whatever it is called", "PATH");
}

void AddReleaseFlags(CLI::App* command, DeployFlags* flags) {
  command->add_option("--name", flags->name, "The release's name (default: the chart's name)")
      ->type_name("NAME");
  AddNamespace(command, &flags->name_space,
               "The release's namespace, created when it is missing (default: default)");
  AddSwitch(command, "--create-namespace", &flags->create_namespace,
            "Create the namespace when it is missing (default; --create-namespace=false "
            "fails instead)");
  const auto add = [command](const char* name, std::vector<std::string>* to, const char* what,
                             const char* type) {
    command->add_option(name, *to, what)->allow_extra_args(false)->delimiter(',')->type_name(type);
  };
  add("--namespace-label", &flags->namespace_labels,
      "Labels that the namespace gets; its other labels stay", "K=V,...");
  add("--extra-namespace", &flags->extra_namespaces,
      "A further namespace that the chart's objects may be in", "NS,...");
  add("--wait-for", &flags->wait_for_releases,
      "Releases that must be deployed and ready first; each is waited for, at most --timeout",
      "NAMESPACE/NAME,...");
  add("--label,--labels", &flags->labels,
      "Labels of the release's record; those of earlier revisions stay, null removes one",
      "K=V,...");
  command
      ->add_option("--history-max", flags->max_history,
                   "The number of revisions that helm keeps (default 50)")
      ->type_name("N");
}

void AddRunFlags(CLI::App* command, DeployFlags* flags) {
  AddSwitch(command, "--wait", &flags->wait,
            "Wait until everything is ready (default; --wait=false does not)");
  AddSwitch(command, "--atomic", &flags->atomic,
            "After a failure roll back, or uninstall a first install (default; --atomic=false "
            "leaves it as it is)");
  AddSwitch(command, "--rollback-on-failure", &flags->atomic, "The same, as helm 4 calls it");
  command->add_flag("--no-hooks", flags->no_hooks, "Run none of the chart's hooks");
  command
      ->add_option("--timeout", flags->timeout,
                   "The time for one attempt, waiting included (default 10m)")
      ->type_name("TIME");
  command
      ->add_option(
          "--crd-policy", flags->crd_policy,
          "What happens to the CRDs of the chart's crds/ folders (default create, as helm)")
      ->type_name("skip|create|create-replace");
  command
      ->add_option("--field-conflicts", flags->field_conflicts,
                   "Where another field manager owns a field: fail (default), or take it over")
      ->type_name("fail|force");
  command->add_option("--allow", flags->allow, "What the run may lose or remove")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->type_name("crd-loss|volume-loss|unlock,...");
  command
      ->add_option("--recreate", flags->recreate,
                   "A kind whose objects may be deleted and made again where a field is immutable")
      ->allow_extra_args(false)
      ->delimiter(',')
      ->type_name("KIND,...");
  command
      ->add_option(
          "--logs", flags->logs,
          "While waiting, show the log lines of failing pods (default), of all new pods, or none")
      ->type_name("failing|all|none");
}

}  // namespace

void AddDeployFlags(CLI::App* command, DeployFlags* flags) {
  command
      ->add_option("CHART", flags->chart,
                   "A folder, a .tgz, oci://..., or with --repo a chart's name")
      ->required()
      ->type_name("");
  command
      ->add_option("--repo", flags->repository,
                   "The chart repository that has CHART; the daemon's operator allows it")
      ->type_name("URL");
  command
      ->add_option("--version", flags->version,
                   "The chart's version: exact, or with --repo also a range (default: the newest "
                   "stable one)")
      ->type_name("VERSION");
  command->add_flag("--verify", flags->verify,
                    "Refuse the chart unless it is signed by a key that the daemon's operator "
                    "trusts; the signature of a .tgz is the .prov file beside it");
  AddReleaseFlags(command, flags);
  AddValueFlags(command, flags);
  AddRunFlags(command, flags);
  command
      ->add_option("--patch", flags->patches,
                   "Patches to the rendered manifests: objects to merge, or patches as in a plan")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command
      ->add_option("--profile", flags->profile,
                   "A profile for the chart: a name from `wheelhouse profiles list`, or auto")
      ->type_name("NAME");
}

absl::StatusOr<LocalPlan> MakePlan(const DeployFlags& flags) {
  LocalPlan local;
  auto* chart = local.plan.add_charts();
  chart->set_name(flags.name);
  chart->set_namespace_(flags.name_space);
  chart->set_profile(flags.profile);
  chart->set_no_hooks(flags.no_hooks);
  chart->mutable_wait_for_releases()->Assign(flags.wait_for_releases.begin(),
                                             flags.wait_for_releases.end());
  chart->mutable_extra_namespaces()->Assign(flags.extra_namespaces.begin(),
                                            flags.extra_namespaces.end());
  chart->mutable_recreate()->Assign(flags.recreate.begin(), flags.recreate.end());
  if (flags.wait.has_value()) chart->set_wait(*flags.wait);
  if (flags.atomic.has_value()) chart->set_atomic(*flags.atomic);
  if (flags.create_namespace.has_value()) chart->set_create_namespace(*flags.create_namespace);
  if (flags.max_history.has_value()) chart->set_max_history(*flags.max_history);
  RETURN_IF_ERROR(SetChoices(flags, chart));
  RETURN_IF_ERROR(SetValues(flags, chart));
  RETURN_IF_ERROR(AddPatches(flags.patches, chart));
  RETURN_IF_ERROR(SetChart(flags, &local));
  local.from_flags = true;
  local.locations = DeployLocations();
  return local;
}

}  // namespace wheelhouse::cli
