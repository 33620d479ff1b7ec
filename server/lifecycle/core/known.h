// What a run of a chart knows, a value for each source of it. A step names the values that it reads
// and writes (StepOn in step.h) and sees no others; the runner owns all of them.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "common/formats/manifest.h"
#include "server/helm/charts.h"
#include "server/helm/releases.h"
#include "server/kube/json.h"
#include "server/kube/readiness/overrides.h"
#include "server/lifecycle/core/chart_request.h"
#include "server/lifecycle/core/fingerprint.h"
#include "server/lifecycle/core/saved_chart.pb.h"
#include "server/lifecycle/core/trail.h"
#include "server/lifecycle/core/unlock_plan.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/failure.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::lifecycle {

// What was asked. Written by the step `values` alone.
struct Asked {
  explicit Asked(const ChartRequest& asked)
      : request(asked), info(asked.chart), readiness(info.readiness()) {}

  // NAMESPACE/NAME.
  std::string Name() const { return info.namespace_() + "/" + info.name(); }
  bool destroys() const { return info.action() == v1::ACTION_DESTROY; }

  const ChartRequest& request;  // lent
  // The request's chart with the documents that its values_from names.
  v1::ChartInfo info;
  // By index, which of info.yaml_files_content() were read from Secrets.
  std::set<int> from_secrets;
  kube::Overrides readiness;  // of the chart's objects
};

// What is found in the cluster and in the chart. Written by the steps of check_prerequisites, which
// find it again for a run that is resumed, and by unlock, which looks again later.
struct Found {
  // The chart as it was when the daemon ended, if something may have been changed by then: the
  // decision was made before that. nullptr when nothing is resumed. Lent by the request.
  const v1::ChartRun* before = nullptr;
  std::string server_version;  // of the API server
  helm::PinnedChart chart;
  std::vector<helm::ReleaseRecord> records;   // newest first, as check saw them
  std::optional<helm::Release> read_release;  // see ReadOnce (objects/manifests.h)
  // What check expects helm to apply, hooks included, when something is to be deployed: a rendering
  // made beforehand, or what the revision to go back to holds. What a run has applied is read with
  // ObjectsOfRun (objects/manifests.h): helm renders anew, and may come to something else.
  std::vector<ManifestObject> forecast;
  // Of a plan that is saved, or was and is applied: what helm is to apply, and what that depends
  // on.
  std::optional<SavedChart> saved;
  // False for an upgrade for which nothing was rendered beforehand (gate/forecast.h).
  bool has_forecast = true;
  std::vector<ManifestObject> doomed;    // what the release that a DESTROY takes away holds
  std::vector<ManifestObject> standing;  // what exists of an UNCHANGED release
  std::vector<ManifestObject> going;     // objects of the release that were being deleted
  // What helm is not to come upon among the release's objects, in words (left_out.h).
  std::string left_out;
  kube::Json absent;     // what of the forecast did not exist, where the plan adopts (adoption.h)
  size_t crds_left = 0;  // CRDs that a DESTROY and the callers' steps delete

  bool resumed() const { return before != nullptr; }
  // How far the stage was when the daemon ended; nullptr when nothing is resumed.
  const v1::StageRun* Before(v1::Stage stage) const {
    if (before == nullptr) return nullptr;
    for (const v1::StageRun& one : before->stages()) {
      if (one.stage() == stage) return &one;
    }
    return nullptr;
  }
};

// What is to be done. Written by the steps `decide` and `guards`.
struct Decided {
  v1::Decision decision = v1::DECISION_UNSPECIFIED;
  std::string reason;
  v1::UnchangedTier unchanged_by = v1::UNCHANGED_TIER_UNSPECIFIED;  // of UNCHANGED
  // UPGRADE for nothing but other inputs than those of the newest revision, which is good.
  bool other_inputs = false;
  Fingerprint fingerprint;  // of what is to be deployed
  UnlockPlan unlock;
  std::vector<v1::Loss> losses;  // caused by the decision, refused or not
  // In a preview: what happens to the release's objects, and how many more than that.
  std::vector<v1::ObjectChange> changes;
  int changes_left_out = 0;
  std::vector<v1::CrdChange> crd_changes;  // in a preview
  // What helm can only apply once it was deleted (ChartInfo.recreate).
  std::vector<ManifestObject> to_recreate;
};

// The detail of a failure that a dry run has shown: trying again would show the same.
inline constexpr char kDryRunDetail[] = "dry_run";

// What went wrong. Failures are added by the runner when they happen, evidence by its step.
struct Failures {
  v1::Stage stage = v1::STAGE_UNSPECIFIED;  // of the first; UNSPECIFIED when nothing has failed
  v1::Failure first;                        // the chart's failure, whatever follows
  std::vector<v1::Failure> later;
  std::vector<v1::Evidence> evidence;

  bool any() const { return stage != v1::STAGE_UNSPECIFIED; }
  void Add(v1::Stage of, v1::Failure failure) {
    if (any()) return later.push_back(std::move(failure));
    stage = of;
    first = std::move(failure);
  }
};

// Used by the thread that runs the chart.
struct Known {
  explicit Known(const ChartRequest& request) : asked(request) {}

  Asked asked;
  Found found;
  Decided decided;
  Trail trail = NewTrail();  // what the run has done
  Failures failures;

  template <typename Value>
  Value& Get() {
    using Plain = std::remove_const_t<Value>;
    if constexpr (std::is_same_v<Plain, Asked>) {
      return asked;
    } else if constexpr (std::is_same_v<Plain, Found>) {
      return found;
    } else if constexpr (std::is_same_v<Plain, Decided>) {
      return decided;
    } else if constexpr (std::is_same_v<Plain, Trail>) {
      return trail;
    } else {
      static_assert(std::is_same_v<Plain, Failures>);
      return failures;
    }
  }
};

}  // namespace wheelhouse::lifecycle
