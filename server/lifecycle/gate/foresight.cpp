#include "server/lifecycle/gate/foresight.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/dry_run.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/losses.h"

namespace wheelhouse::lifecycle {
namespace {

// Requests at the same time: over a slow link a chart of hundreds of objects takes seconds instead
// of minutes.
constexpr size_t kAtOnce = 8;
constexpr size_t kNamed = 5;
// An object's validation errors may hold a diff of its whole spec.
constexpr size_t kWordsBytes = 600;

struct Tried {
  kube::ObjectId id;
  const ManifestObject* object;
  absl::StatusOr<kube::DryRunAnswer> answer = kube::DryRunAnswer();
};

// Whether the plan changes the cluster by steps of its own before helm.
bool ClearsTheWay(const Chart& chart) {
  const v1::StagePlan& before_helm = chart.info().stages().pre_exec();
  return !before_helm.before().empty() || !before_helm.after().empty();
}

// What is to be tried, and can be.
std::vector<Tried> Candidates(const Context& context, const Chart& chart,
                              const ManifestChange& change) {
  const std::string& ns = chart.info().namespace_();
  std::map<ObjectKey, const std::string*> tried;
  if (change.foreseen != nullptr && !ClearsTheWay(chart)) {
    for (const ManifestObject& object : *change.foreseen) tried[KeyOf(object, ns)] = &object.text;
  }
  std::vector<Tried> candidates;
  for (const ManifestObject& object : change.objects) {
    if (object.hook || object.name.empty()) continue;
    const auto seen = tried.find(KeyOf(object, ns));
    if (seen != tried.end() && *seen->second == object.text) continue;
    auto id = chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (id.ok()) candidates.push_back({*std::move(id), &object});
  }
  return candidates;
}

void TryAll(const Context& context, const Chart& chart, std::vector<Tried>& candidates) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i; (i = next++) < candidates.size();) {
      Tried& one = candidates[i];
      one.answer = kube::TryApply(context, chart.kube(), one.id, one.object->text);
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(kAtOnce, candidates.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

// How helm is going to apply the chart. Asked only where it makes a difference.
absl::StatusOr<bool> AppliesServerSide(const Context& context, const Chart& chart) {
  const v1::ChartInfo& info = chart.info();
  ASSIGN_OR_RETURN(const helm::HelmVersion version, chart.services.helm.Version(context));
  if (version.major == 3 || info.force_upgrade()) return false;
  if (info.field_conflicts() == v1::FIELD_CONFLICTS_FORCE) return true;
  if (info.has_server_side_apply()) return info.server_side_apply();
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* installed = helm::InstalledRecord(records);
  if (installed == nullptr) return true;
  ASSIGN_OR_RETURN(const helm::Release release,
                   helm::ReadRelease(context, chart.kube(), *installed));
  return release.server_side;
}

class Refusals {
 public:
  void Add(const Tried& one, const kube::DryRunAnswer& answer) {
    if (texts_.size() < kNamed)
      texts_.push_back(absl::StrCat(one.id.ToString(), ": ", answer.words.substr(0, kWordsBytes)));
    ++count_;
    const bool immutable = answer.outcome == kube::DryRun::kImmutable;
    only_immutable_ = only_immutable_ && immutable;
    server_side_ = server_side_ || answer.outcome == kube::DryRun::kRefusedServerSide;
    if (first_.empty()) first_ = one.id.ToString();
  }
  bool empty() const { return count_ == 0; }

  absl::Status ToStatus() const {
    std::string text = absl::StrCat("the API server would refuse ", absl::StrJoin(texts_, "; "));
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

bool MayBeRecreated(const Chart& chart, const kube::ObjectId& id) {
  const auto& kinds = chart.info().recreate();
  return chart.info().action() == v1::ACTION_DEPLOY &&
         std::find(kinds.begin(), kinds.end(), id.type.kind) != kinds.end();
}

// Deleting an object loses what depends on it.
absl::Status RefuseLostByRecreation(const Context& context, const Chart& chart,
                                    const std::vector<ManifestObject>& recreated,
                                    Decided& decided) {
  if (recreated.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(FindLossesOfChange(context, chart, decided, recreated, {}));
  return RefuseLosses(chart, decided);
}

}  // namespace

absl::Status ForesightRule::Check(const Context& context, const Chart& chart,
                                  const ManifestChange& change, Decided& decided) const {
  const bool in_check = change.foreseen == nullptr;
  if (in_check && ClearsTheWay(chart)) return absl::OkStatus();
  std::vector<Tried> candidates = Candidates(context, chart, change);
  TryAll(context, chart, candidates);
  RETURN_IF_ERROR(context.Check());
  std::optional<bool> server_side;
  Refusals refusals;
  std::vector<ManifestObject> recreated;
  for (const Tried& one : candidates) {
    RETURN_IF_ERROR(one.answer.status());
    const kube::DryRun outcome = one.answer->outcome;
    if (outcome == kube::DryRun::kAccepted || outcome == kube::DryRun::kUnknown) continue;
    if (outcome == kube::DryRun::kRefusedServerSide) {
      if (!server_side.has_value()) {
        ASSIGN_OR_RETURN(server_side, AppliesServerSide(context, chart));
      }
      if (!*server_side) continue;
    }
    // A reinstall uninstalls first.
    if (outcome == kube::DryRun::kImmutable && in_check &&
        decided.decision == v1::DECISION_REINSTALL)
      continue;
    if (outcome == kube::DryRun::kImmutable && MayBeRecreated(chart, one.id)) {
      decided.to_recreate.push_back(one.id);
      recreated.push_back(*one.object);
      continue;
    }
    refusals.Add(one, *one.answer);
  }
  if (!refusals.empty()) return refusals.ToStatus();
  return RefuseLostByRecreation(context, chart, recreated, decided);
}

}  // namespace wheelhouse::lifecycle
