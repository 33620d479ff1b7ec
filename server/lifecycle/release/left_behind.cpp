#include "server/lifecycle/release/left_behind.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/parallel.h"
#include "common/status_macros.h"
#include "server/lifecycle/release/protection.h"

namespace wheelhouse::lifecycle {
namespace {

using Records = std::vector<helm::ReleaseRecord>;
using ReleaseKey = std::pair<std::string, std::string>;  // namespace, name

constexpr size_t kAtOnce = 8;

// What `records`, all of one release and newest first, come to.
struct Verdict {
  bool of_the_plan = false;  // else it is none of the plan's business
  std::string kept_because;  // of one of the plan's: why it is not destroyed; empty: it may be
};

std::string ByWhom(const helm::ReleaseRecord& newest) {
  if (!newest.LabelsCount())
    return absl::StrCat("revision ", newest.revision, " was made by helm alone");
  const std::string plan = newest.OurLabel(helm::kPlanLabel);
  return absl::StrCat("revision ", newest.revision, " belongs to ",
                      plan.empty() ? "no plan" : absl::StrCat("another plan ", plan));
}

Verdict Judge(const Records& records, const Membership& plan,
              const std::set<std::string>& protected_namespaces) {
  Verdict verdict;
  if (records.empty() || records[0].status == helm::kUninstalled) return verdict;
  const helm::ReleaseRecord& newest = records[0];
  // helm copies labels: what it has made of a release of the plan still has them.
  const auto plan_label = newest.labels.find(helm::kPlanLabel);
  const bool by_helm =
      !newest.LabelsCount() && plan_label != newest.labels.end() && plan_label->second == plan.plan;
  verdict.of_the_plan = by_helm || BelongsTo(newest, plan);
  if (protected_namespaces.contains(newest.ns)) {
    verdict.kept_because = "is in a namespace that the operator protects";
  } else if (IsProtected(newest)) {
    verdict.kept_because = "is protected";
  } else if (by_helm) {
    verdict.kept_because = ByWhom(newest);
  }
  return verdict;
}

// `*` stands for every name.
std::set<ReleaseKey> ReleasesOf(const v1::Plan& plan) {
  std::set<ReleaseKey> releases;
  for (const v1::ChartInfo& chart : plan.charts())
    releases.emplace(chart.namespace_(), chart.name());
  for (const std::string& name : plan.unselected()) {
    const size_t slash = name.find('/');
    if (slash != std::string::npos) releases.emplace(name.substr(0, slash), name.substr(slash + 1));
  }
  return releases;
}

absl::StatusOr<Records> ListInNamespaces(const Context& context, kube::KubeClient& client,
                                         const std::set<std::string>& namespaces,
                                         const Membership& plan) {
  const std::vector<std::string> all(namespaces.begin(), namespaces.end());
  std::vector<absl::StatusOr<Records>> listed(all.size(), Records());
  InParallel(all.size(), kAtOnce, [&](size_t i) {
    listed[i] = helm::ListRecordsOfPlan(context, client, all[i], plan.plan, plan.owner);
  });
  Records found;
  for (absl::StatusOr<Records>& one : listed) {
    RETURN_IF_ERROR(one.status());
    found.insert(found.end(), one->begin(), one->end());
  }
  return found;
}

// With a note where not all namespaces could be looked at.
absl::StatusOr<Records> ListMarked(const Context& context, kube::KubeClient& client,
                                   const std::set<ReleaseKey>& in_plan, const Membership& plan,
                                   std::string* note) {
  auto everywhere = helm::ListRecordsOfPlan(context, client, "", plan.plan, plan.owner);
  if (!HasReason(everywhere.status(), Reason::kPermissionDenied)) return everywhere;
  std::set<std::string> namespaces;
  for (const auto& [ns, name] : in_plan) namespaces.insert(ns);
  *note = absl::StrCat("releases could be looked for in the ", namespaces.size(),
                       " namespaces of the plan only: ", FailureOf(everywhere.status()).message());
  return ListInNamespaces(context, client, namespaces, plan);
}

// A release that earlier versions of the plan made.
struct Candidate {
  plan::PrunedRelease release;
  std::string kept_because;  // empty: it may be destroyed
};

absl::StatusOr<std::vector<Candidate>> Find(const Context& context, kube::KubeClient& client,
                                            const v1::Plan& plan, const std::string& owner,
                                            const std::set<std::string>& protected_namespaces,
                                            std::string* note) {
  const Membership of{plan.name(), owner, {}};
  const std::set<ReleaseKey> in_plan = ReleasesOf(plan);
  ASSIGN_OR_RETURN(const Records marked, ListMarked(context, client, in_plan, of, note));
  std::set<ReleaseKey> gone;
  for (const helm::ReleaseRecord& record : marked) {
    if (!in_plan.contains({record.ns, record.name}) && !in_plan.contains({record.ns, "*"}))
      gone.emplace(record.ns, record.name);
  }
  // The newest record may have other labels, and then is not among those listed.
  const std::vector<ReleaseKey> releases(gone.begin(), gone.end());
  std::vector<absl::StatusOr<Records>> records(releases.size(), Records());
  InParallel(releases.size(), kAtOnce, [&](size_t i) {
    records[i] = helm::ListRecords(context, client, releases[i].first, releases[i].second);
  });
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < releases.size(); ++i) {
    RETURN_IF_ERROR(records[i].status());
    const Verdict verdict = Judge(*records[i], of, protected_namespaces);
    if (!verdict.of_the_plan) continue;
    const int rank = MembershipOf((*records[i])[0]).rank.value_or(0);
    candidates.push_back({{releases[i].first, releases[i].second, (*records[i])[0].uid, rank},
                          verdict.kept_because});
  }
  return candidates;
}

}  // namespace

absl::StatusOr<plan::LeftBehind> LookBack(const Context& context, kube::KubeClient& client,
                                          const std::string& owner,
                                          const std::set<std::string>& protected_namespaces,
                                          const plan::Maxima& maxima,
                                          plan::PreparedPlan* prepared) {
  const bool prune = prepared->plan.prune();
  plan::LeftBehind left;
  auto found = Find(context, client, prepared->plan, owner, protected_namespaces, &left.note);
  if (!found.ok() && !prune) {
    left.note = absl::StrCat("could not be looked for: ", FailureOf(found.status()).message());
    return left;
  }
  RETURN_IF_ERROR(While("looking for releases to prune", found.status()));
  std::vector<plan::PrunedRelease> pruned;
  for (Candidate& one : *found) {
    if (one.kept_because.empty() && prune) {
      if (pruned.size() < plan::kMaxPruned) {
        pruned.push_back(std::move(one.release));
        continue;
      }
      one.kept_because = absl::StrCat("a run prunes at most ", plan::kMaxPruned,
                                      " releases; the next one goes on");
    }
    v1::LeftBehind& kept = left.releases.emplace_back();
    kept.set_namespace_(one.release.ns);
    kept.set_name(one.release.name);
    kept.set_kept_because(one.kept_because);
  }
  plan::AddPruned(pruned, maxima, prepared);
  return left;
}

std::optional<std::string> WhyNotPruned(const Records& records, const std::string& record,
                                        const Membership& plan,
                                        const std::set<std::string>& protected_namespaces) {
  if (records.empty()) return std::nullopt;
  const helm::ReleaseRecord& newest = records[0];
  if (newest.status == helm::kUninstalled)
    return absl::StrCat("revision ", newest.revision, " is uninstalled, and its history is kept");
  const Verdict verdict = Judge(records, plan, protected_namespaces);
  if (!verdict.kept_because.empty()) return verdict.kept_because;
  if (!verdict.of_the_plan) return ByWhom(newest);
  // By a newer version of the plan, say, which has the release again.
  if (newest.uid != record)
    return absl::StrCat("revision ", newest.revision, " was made after the run was created");
  return std::nullopt;
}

}  // namespace wheelhouse::lifecycle
