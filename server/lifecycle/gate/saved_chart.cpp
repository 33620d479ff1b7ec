#include "server/lifecycle/gate/saved_chart.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "server/helm/file_marks.h"
#include "server/helm/values.h"
#include "server/helm/values_fingerprint.h"
#include "server/kube/dry_run.h"
#include "server/lifecycle/core/saved_chart.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/hooks.h"
#include "server/lifecycle/objects/patch_rendered.h"
#include "server/lifecycle/objects/render_chart.h"

namespace wheelhouse::lifecycle {
namespace {

bool IsTest(const ManifestObject& hook) {
  return RunsOn(hook, "test") || RunsOn(hook, "test-success") || RunsOn(hook, "test-failure");
}

// What helm 3 renders when the plan is applied runs as a hook, whatever was shown. Tests run only
// when they are asked for.
absl::Status RefuseHooks(const Chart& chart, const helm::HelmVersion& helm,
                         const std::vector<ManifestObject>& objects) {
  if (helm.major != 3 || chart.info().no_hooks()) return absl::OkStatus();
  for (const ManifestObject& object : objects) {
    if (!object.hook || IsTest(object)) continue;
    return MakeFailure(
        Reason::kHelmUnsupported,
        absl::StrCat("a plan with the hook ", object.kind, " ", object.name, " (",
                     object.hook_events, ") cannot be saved with helm ", helm.text,
                     ", which does not pass hooks to post-renderers: another one may run when the "
                     "plan is applied. Use helm 4, or set noHooks"));
  }
  return absl::OkStatus();
}

// What helm itself hands to the gate; nullopt where only a rendering beforehand can be had.
absl::StatusOr<std::optional<std::string>> DryRun(const Context& context, const Chart& chart,
                                                  const Decided& decided, const Found& found) {
  if (decided.decision == v1::DECISION_REINSTALL) return std::optional<std::string>();
  ASSIGN_OR_RETURN(const auto values,
                   helm::WriteValues(chart.info(), chart.services.temp_directory));
  helm::UpgradeRequest request;
  request.target = chart.target();
  ASSIGN_OR_RETURN(request.chart_archive, ArchiveOf(found));
  request.value_files = values->paths();
  request.sets = values->sets();
  request.timeout = context.Remaining();
  request.no_hooks = chart.info().no_hooks();
  request.over_uninstalled =
      !found.records.empty() && found.records[0].status == helm::kUninstalled;
  auto shown = chart.services.helm.Rehearse(context, request);
  // As for every rendering (render_chart.h): it may miss kinds that the run's own CRDs define.
  if (HasReason(shown.status(), Reason::kValuesInvalid) ||
      HasReason(shown.status(), Reason::kChartInvalid))
    return std::optional<std::string>();
  RETURN_IF_ERROR(shown.status());
  ASSIGN_OR_RETURN(std::string patched, PatchRendered(context, chart, *shown));
  return std::optional<std::string>(std::move(patched));
}

// Hooks would be applied as objects like others.
absl::StatusOr<std::string> WithoutHooks(const std::string& rendered) {
  ASSIGN_OR_RETURN(auto documents, ReadDocuments(rendered, "the rendered chart"));
  std::erase_if(documents, [](const ManifestObject& one) { return one.hook; });
  return JoinManifests(documents);
}

// Of values that were read from the cluster, which stand behind the plan's own. Those never change.
google::protobuf::RepeatedPtrField<SavedChart::Values> ValuesRead(const Chart& chart) {
  google::protobuf::RepeatedPtrField<SavedChart::Values> all;
  const auto& files = chart.info().yaml_files_content();
  for (int i = chart.asked.request.chart.yaml_files_content_size(); i < files.size(); ++i) {
    v1::ChartInfo alone;
    *alone.add_yaml_files_content() = files[i];
    SavedChart::Values* one = all.Add();
    one->set_name(files[i].name());
    one->set_sha256(Sha256(helm::ParsedValues(alone)));
  }
  return all;
}

// A rendering beforehand has left out those of subcharts that are not enabled.
void KeepCrdsInUse(const SavedChart& saved, helm::Chart& chart) {
  const std::set<std::string> in_use(saved.crd_files().begin(), saved.crd_files().end());
  std::erase_if(chart.crd_files,
                [&](const helm::CrdFile& file) { return !in_use.contains(file.path); });
}

// Where nothing is rendered, no CRDs are written either.
absl::StatusOr<Crds> CrdsToWrite(const Chart& chart, const Found& found) {
  if (chart.info().crd_policy() == v1::CRD_POLICY_SKIP || !found.saved->has_rendered())
    return Crds();
  ASSIGN_OR_RETURN(ChartCrds all, CrdsOf(chart.asked, found));
  return std::move(all.crds);
}

// nullopt where it does not exist.
absl::StatusOr<std::optional<kube::Json>> LiveCrd(const Context& context, const Chart& chart,
                                                  const std::string& name) {
  auto live = chart.kube().Get(context, CrdId(name));
  if (HasReason(live.status(), Reason::kObjectNotFound)) return std::optional<kube::Json>();
  RETURN_IF_ERROR(live.status());
  return std::optional<kube::Json>(*std::move(live));
}

std::string StateOf(const std::optional<kube::Json>& live) {
  if (!live.has_value()) return "";
  return absl::StrCat(kube::Text(*live, "/metadata/uid"), "/",
                      kube::Int(*live, "/metadata/generation"));
}

std::string Told(const SavedChart::Record* record) {
  if (record == nullptr) return "not installed";
  return absl::StrCat("at revision ", record->revision(), " (", record->status(), ")");
}

SavedChart::Record RecordOf(const helm::ReleaseRecord& record) {
  SavedChart::Record saved;
  saved.set_revision(record.revision);
  saved.set_status(record.status);
  saved.set_uid(record.uid);
  return saved;
}

// Everything that differs from what was saved, in words.
class Differences {
 public:
  Differences(const Context& context, const Chart& chart, const Found& found,
              const Decided& decided)
      : context_(context), chart_(chart), found_(found), decided_(decided), saved_(*found.saved) {}

  absl::Status Find() {
    FindInRecords();
    FindInChart();
    FindInValues();
    RETURN_IF_ERROR(FindInCrds());
    // It mostly follows from one of those.
    if (told_.empty() && decided_.decision != saved_.decision())
      Add("the decision is ", v1::Decision_Name(decided_.decision).substr(9), " (", decided_.reason,
          "), and was ", v1::Decision_Name(saved_.decision()).substr(9));
    ASSIGN_OR_RETURN(const helm::HelmVersion helm, chart_.services.helm.Version(context_));
    if (helm.major != saved_.helm_major())
      Add("the daemon's helm is ", helm.text, ", and was of major ", saved_.helm_major());
    return absl::OkStatus();
  }

  const std::vector<std::string>& told() const { return told_; }

 private:
  template <typename... Parts>
  void Add(const Parts&... parts) {
    told_.push_back(absl::StrCat(parts...));
  }

  void FindInRecords() {
    std::optional<SavedChart::Record> now;
    if (!found_.records.empty()) now = RecordOf(found_.records[0]);
    const bool same = now.has_value() == saved_.has_newest() &&
                      (!now.has_value() || now->uid() == saved_.newest().uid()) &&
                      (!now.has_value() || now->status() == saved_.newest().status());
    if (!same)
      Add("the release is ", Told(now.has_value() ? &*now : nullptr), ", and was ",
          Told(saved_.has_newest() ? &saved_.newest() : nullptr));
  }

  void FindInChart() {
    const std::string& digest = found_.chart.chart.digest;
    if (digest != saved_.chart_digest())
      Add("the chart is ", digest, ", and was ", saved_.chart_digest());
  }

  void FindInValues() {
    std::map<std::string, std::string> before;
    std::set<std::string> now;
    for (const SavedChart::Values& one : saved_.values()) before[one.name()] = one.sha256();
    for (const SavedChart::Values& one : ValuesRead(chart_)) {
      const auto was = before.find(one.name());
      if (!now.insert(one.name()).second) continue;  // named twice
      if (was == before.end())
        Add("the values in ", one.name(), " are new");
      else if (was->second != one.sha256())
        Add("the values in ", one.name(), " have changed");
    }
    for (const auto& [name, sha256] : before) {
      if (!now.contains(name)) Add("the values in ", name, " are gone");
    }
  }

  // Another chart of the same plan may have brought the same CRD in between: then there is nothing
  // left to do with it.
  absl::Status FindInCrds() {
    ASSIGN_OR_RETURN(const Crds crds, CrdsToWrite(chart_, found_));
    std::map<std::string, std::string> before;
    for (const SavedChart::Crd& one : saved_.crds()) before[one.name()] = one.state();
    for (const ManifestObject& crd : crds) {
      ASSIGN_OR_RETURN(const auto live, LiveCrd(context_, chart_, crd.name));
      const std::string& was = before[crd.name];
      if (StateOf(live) == was) continue;
      if (live.has_value() &&
          !kube::WouldChange(context_, chart_.kube(), CrdId(crd.name), *live, crd.text))
        continue;
      Add(CrdId(crd.name).ToString(), !live.has_value() ? " does not exist, and did"
                                      : was.empty()     ? " exists, and did not"
                                                        : " has changed");
    }
    return absl::OkStatus();
  }

  const Context& context_;
  const Chart& chart_;
  const Found& found_;
  const Decided& decided_;
  const SavedChart& saved_;
  std::vector<std::string> told_;
};

}  // namespace

absl::Status Rehearse(const Context& context, const Chart& chart, const Decided& decided,
                      const std::string& rendered, Found& found) {
  ASSIGN_OR_RETURN(const helm::HelmVersion helm, chart.services.helm.Version(context));
  RETURN_IF_ERROR(RefuseHooks(chart, helm, found.forecast));
  ASSIGN_OR_RETURN(auto shown, DryRun(context, chart, decided, found));
  if (!shown.has_value()) shown = rendered;
  if (helm.major == 3) {
    ASSIGN_OR_RETURN(shown, WithoutHooks(*shown));
  }
  found.saved.emplace().set_rendered(*std::move(shown));
  for (const helm::CrdFile& file : found.chart.chart.crd_files)
    found.saved->add_crd_files(file.path);
  return ForecastAsSaved(chart, found);
}

absl::Status SaveChart(const Context& context, const Chart& chart, const Decided& decided,
                       Found& found) {
  if (decided.unlock.locked()) {
    return MakeFailure(Reason::kReleaseLocked,
                       absl::StrCat("a plan that has to unlock ", chart.Name(),
                                    " first cannot be saved: ", decided.unlock.found));
  }
  if (!found.saved.has_value()) found.saved.emplace();
  SavedChart& saved = *found.saved;
  saved.set_decision(decided.decision);
  if (!found.records.empty()) *saved.mutable_newest() = RecordOf(found.records[0]);
  ASSIGN_OR_RETURN(const helm::HelmVersion helm, chart.services.helm.Version(context));
  saved.set_helm_major(helm.major);
  saved.set_chart_digest(found.chart.chart.digest);
  *saved.mutable_values() = ValuesRead(chart);
  ASSIGN_OR_RETURN(const Crds crds, CrdsToWrite(chart, found));
  for (const ManifestObject& crd : crds) {
    ASSIGN_OR_RETURN(const auto live, LiveCrd(context, chart, crd.name));
    SavedChart::Crd* one = saved.add_crds();
    one->set_name(crd.name);
    one->set_state(StateOf(live));
  }
  return chart.report.journal().KeepWithinBound(kSavedChart, saved.SerializeAsString());
}

absl::Status ReadSavedChart(const Chart& chart, Found& found) {
  const std::string& plan = chart.asked.request.saved_plan;
  if (plan.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto kept, chart.report.journal().Kept(kSavedChart));
  found.saved.emplace();
  if (!kept.has_value() || !found.saved->ParseFromString(*kept)) {
    return MakeFailure(Reason::kPlanUnknown,
                       absl::StrCat("what the saved plan ", plan, " holds of ", chart.Name(),
                                    " cannot be read: the key that it was sealed with is gone"));
  }
  if (found.saved->has_rendered()) KeepCrdsInUse(*found.saved, found.chart.chart);
  return absl::OkStatus();
}

absl::Status CheckStillAsSaved(const Context& context, const Chart& chart, const Found& found,
                               const Decided& decided) {
  const std::string& plan = chart.asked.request.saved_plan;
  if (plan.empty()) return absl::OkStatus();
  const bool deployed = decided.decision == v1::DECISION_UNCHANGED &&
                        found.records[0].OurLabel(helm::kSavedPlanLabel) == plan;
  const bool destroyed =
      decided.decision == v1::DECISION_ABSENT && found.saved->decision() == v1::DECISION_DESTROY;
  if (deployed || destroyed) return absl::OkStatus();
  Differences differences(context, chart, found, decided);
  RETURN_IF_ERROR(differences.Find());
  if (differences.told().empty()) return absl::OkStatus();
  return MakeFailure(Reason::kPlanStale,
                     absl::StrCat(chart.Name(), " is not as it was when the plan ", plan,
                                  " was saved: ", absl::StrJoin(differences.told(), "; ")));
}

absl::Status ForecastAsSaved(const Chart& chart, Found& found) {
  ASSIGN_OR_RETURN(found.forecast, ReadManifests(helm::WithoutFileMarks(found.saved->rendered()),
                                                 "the saved plan"));
  chart.report.AddSecretsOf(found.forecast);
  return CheckCrds(chart, found);
}

}  // namespace wheelhouse::lifecycle
