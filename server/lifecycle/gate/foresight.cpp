#include "server/lifecycle/gate/foresight.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/trial.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kNamed = 5;
// The server's words may hold a diff of the whole spec.
constexpr size_t kWordsBytes = 600;

// Whether the plan changes the cluster by steps of its own before helm.
bool ClearsTheWay(const Chart& chart) {
  const v1::StagePlan& before_helm = chart.info().stages().pre_exec();
  return !before_helm.before().empty() || !before_helm.after().empty();
}

// A custom resource whose CRD the run may replace first.
bool MayGetAnotherSchema(const Chart& chart, const ManifestObject& object) {
  const std::string group = GroupOf(object.api_version);
  return chart.info().crd_policy() == v1::CRD_POLICY_CREATE_REPLACE &&
         absl::StrContains(group, ".") && !absl::EndsWith(group, ".k8s.io");
}

// What the server has not been asked about yet.
std::vector<const ManifestObject*> Untried(const Chart& chart, const ManifestChange& change) {
  const std::string& ns = chart.info().namespace_();
  std::map<ObjectKey, const std::string*> tried;
  // What is to be made again must be found here again, should the daemon have restarted since.
  if (change.foreseen != nullptr && !ClearsTheWay(chart) && chart.info().recreate().empty()) {
    for (const ManifestObject& object : *change.foreseen) {
      if (!MayGetAnotherSchema(chart, object)) tried[KeyOf(object, ns)] = &object.text;
    }
  }
  std::vector<const ManifestObject*> untried;
  for (const ManifestObject& object : change.objects) {
    if (change.foreseen == nullptr && MayGetAnotherSchema(chart, object)) continue;
    const auto seen = tried.find(KeyOf(object, ns));
    if (seen == tried.end() || *seen->second != object.text) untried.push_back(&object);
  }
  return untried;
}

// How helm is going to apply the chart. Asked only where it makes a difference.
absl::StatusOr<bool> AppliesServerSide(const Context& context, const Chart& chart) {
  const v1::ChartInfo& info = chart.info();
  ASSIGN_OR_RETURN(const helm::HelmVersion version, chart.services.helm.Version(context));
  if (version.major == 3 || info.force_upgrade()) return false;
  if (info.field_conflicts() == v1::FIELD_CONFLICTS_FORCE) return true;
  if (info.has_server_side_apply()) return info.server_side_apply();
  ASSIGN_OR_RETURN(const auto installed, ReadInstalled(context, chart));
  return !installed.has_value() || installed->server_side;
}

class Refusals {
 public:
  void Add(const Tried& one) {
    if (texts_.size() < kNamed) texts_.push_back(one.answer.words.substr(0, kWordsBytes));
    ++count_;
    only_immutable_ = only_immutable_ && one.answer.outcome == kube::DryRun::kImmutable;
    server_side_ = server_side_ || one.answer.outcome == kube::DryRun::kRefusedServerSide;
    if (first_.empty()) first_ = one.id.ToString();
  }

  absl::Status ToStatus() const {
    if (count_ == 0) return absl::OkStatus();
    std::string text =
        absl::StrCat("in a dry run the API server refuses: ", absl::StrJoin(texts_, "; "));
    if (count_ > texts_.size()) absl::StrAppend(&text, "; and ", count_ - texts_.size(), " more");
    if (server_side_)
      absl::StrAppend(&text,
                      " (serverSideApply: false has helm patch client-side, which accepts this)");
    return MakeFailure(only_immutable_ ? Reason::kImmutableField : Reason::kApplyRejected,
                       std::move(text), {{"object", first_}, {kDryRunDetail, "true"}});
  }

 private:
  std::vector<std::string> texts_;
  std::string first_;
  size_t count_ = 0;
  bool only_immutable_ = true;
  bool server_side_ = false;
};

// Sorts what the server did not accept into what is refused and what may be made again.
absl::Status Sort(const Context& context, const Chart& chart, const std::vector<Tried>& tried,
                  bool reinstalls, Decided& decided) {
  std::optional<bool> server_side;
  Refusals refusals;
  for (const Tried& one : tried) {
    const bool immutable = one.answer.outcome == kube::DryRun::kImmutable;
    if (one.answer.outcome == kube::DryRun::kRefusedServerSide) {
      if (!server_side.has_value()) {
        ASSIGN_OR_RETURN(server_side, AppliesServerSide(context, chart));
      }
      if (!*server_side) continue;
    }
    if (immutable && reinstalls) continue;  // it is uninstalled first
    if (immutable && chart.info().action() == v1::ACTION_DEPLOY &&
        MayBeRecreated(chart, *one.object))
      decided.to_recreate.push_back(*one.object);
    else
      refusals.Add(one);
  }
  return refusals.ToStatus();
}

}  // namespace

absl::Status ForesightRule::Check(const Context& context, const Chart& chart,
                                  const ManifestChange& change, Decided& decided) const {
  const bool in_check = change.foreseen == nullptr;
  decided.to_recreate.clear();
  if (in_check && ClearsTheWay(chart)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto tried, TryObjects(context, chart, Untried(chart, change)));
  const bool reinstalls = in_check && decided.decision == v1::DECISION_REINSTALL;
  RETURN_IF_ERROR(Sort(context, chart, tried, reinstalls, decided));
  // Deleting an object loses what depends on it.
  if (decided.to_recreate.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(FindLossesOfChange(context, chart, decided, decided.to_recreate, {}));
  return RefuseLosses(chart, decided);
}

}  // namespace wheelhouse::lifecycle
