// The lock file of a plan: the version and the content that each of its charts had in its
// repository or registry when `wheelhouse plan lock` asked. It stands beside the plan
// (plan.yaml.lock), and is meant to be committed with it.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "client/cli/plan/plan_file.h"

namespace wheelhouse::cli {

// One chart of the plan. A plan's environments may have several of one release.
struct LockedChart {
  std::string release;     // NAMESPACE/NAME
  v1::ChartSource wanted;  // as the plan has it: an oci or a repository, or else
  GitChart git;            // a ref of a Git repository
  std::string version;     // what that meant: a version, or a commit; empty until it is known
  std::string digest;      // as ChartSource has it; none for Git, where the commit says it all
  std::string signed_by;   // the key that the daemon has just verified; not in the file

  bool is_git() const { return !git.url.empty(); }
};

using PlanLock = std::vector<LockedChart>;

// The path of the plan's lock file; empty for standard input.
std::string LockFileOf(const std::string& plan_file);

// The chart at `index` as it is to be locked, without a version: one of a repository or registry
// whose content the plan does not name itself, or of a ref in Git. nullopt for others.
std::optional<LockedChart> ToLock(const LocalPlan& plan, int index);

// Where the plan has the chart: by its name, since its source may be that of a layer below.
std::string PlaceOf(const LocalPlan& plan, int index);

// The entry for what `chart` wants; nullptr where there is none.
const LockedChart* FindLocked(const PlanLock& lock, const LockedChart& chart);

// What a chart wants, in words: `web ~1.2 of https://charts.example`.
std::string WantedText(const LockedChart& chart);

// nullopt where there is no such file. PLAN_INVALID, with a place for each error.
absl::StatusOr<std::optional<PlanLock>> ReadLockFile(const std::string& path);
absl::StatusOr<PlanLock> ParseLock(const std::string& text, const std::string& file);

// The text of the file: the same for the same entries, in whatever order they come.
std::string LockText(PlanLock lock, const std::string& plan_file);

// Puts what the lock file of the plan in `plan_file` has into its charts, where there is one.
// PLAN_INVALID, at the charts' places, for each that is in the file with another source, and for
// each that is not in it, where it is of a ref in Git, or with `required`.
absl::Status UseLock(const std::string& plan_file, bool required, LocalPlan* plan);

}  // namespace wheelhouse::cli
