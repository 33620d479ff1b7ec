// What the steps of one chart of one run share: services, the request, the payload, the facts found
// so far, and the way to tell. Used by the thread that runs the chart; Log and Progress may be
// called from a step's own threads too.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/formats/manifest.h"
#include "common/process.h"
#include "common/redactor.h"
#include "server/helm/charts.h"
#include "server/helm/helm_client.h"
#include "server/helm/releases.h"
#include "server/lifecycle/core/chart_request.h"
#include "server/lifecycle/core/journal.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/core/step.h"
#include "server/lifecycle/core/unlock_plan.h"
#include "server/outgoing/egress.h"
#include "server/plan/profiles/profiles.h"

namespace wheelhouse::lifecycle {

// A program that the operator listed by name.
struct OperatorCommand {
  std::vector<std::string> argv;  // before the step's own arguments
  std::map<std::string, std::string> env;
};

// Lent by main.cpp; they outlive every run.
struct Services {
  helm::HelmClient& helm;
  helm::ChartArchives& archives;
  ProcessRunner& processes;
  const Clock& clock;
  std::map<std::string, OperatorCommand> commands;
  outgoing::Egress egress;
  std::string temp_directory;                        // 0700
  absl::Duration foreign_lock_age = absl::Hours(1);  // when allow.unlock counts
  std::string kustomize;                             // a path, or a name that is looked up in PATH
  // The daemon's own program and arguments; the folder of WritePatches follows.
  std::vector<std::string> post_renderer;
  plan::Profiles profiles;
};

// Which time a stage is run (upgrade_retry).
struct StageAttempt {
  int number = 1;
  std::vector<v1::Failure> earlier;  // of the attempts before; they become secondary
};

// What the stages have found and done. What cannot be found again stands in memory.proto too.
struct Facts {
  // The daemon ended after something may have been changed: the decision was made before that.
  bool resumed = false;
  std::string server_version;  // of the API server
  helm::PinnedChart chart;
  std::vector<helm::ReleaseRecord> records;  // newest first, as check saw them
  // Of the chart that was installed before the run; empty: none; unset: not read.
  std::optional<std::string> installed_version;
  std::string fingerprint;
  v1::Decision decision = v1::DECISION_UNSPECIFIED;
  std::string decision_reason;
  UnlockPlan unlock;
  std::vector<ManifestObject> rendered;  // of the chart, when something is to be deployed
  kube::Json absent;        // of them those that did not exist, where the plan adopts (adoption.h)
  int rollback_target = 0;  // the revision that ROLLBACK goes back to
  int baseline_revision = 0;     // the newest good revision before exec; 0: none
  int intended_revision = 0;     // the one that exec asked helm to make; 0: exec asked for none
  int asked_attempt = 0;         // the attempt of exec that did
  int made_revision = 0;         // the one that helm made
  int reinstalled_revision = 0;  // the one that a reinstall asked helm to uninstall
  bool uninstalled = false;      // it was uninstalled, be it in part
  int undoing_revision = 0;      // the one that remediation asked helm to roll back to
  StageAttempt attempt;          // of exec
  bool undone = false;           // the release stands as before the run
  // The uids of the records, when the first change was about to be made. (After an uninstall
  // numbers are used again.)
  std::optional<std::set<std::string>> records_before;
  int overtaken_by = 0;          // a revision that others made since: nothing is undone over it
  v1::Failure failure;           // the chart's, the earliest; its reason is empty while it has none
  std::vector<v1::Loss> losses;  // by what was decided, refused or not
  std::vector<std::string> doomed_crds;  // that the chart brings and DESTROY deletes
  size_t crds_left = 0;                  // these, and those that callers' steps delete
  LeftChanged left_changed;
  std::vector<v1::Evidence> evidence;
};

class ChartContext {
 public:
  ChartContext(const ChartRequest& request, const Services& services, const Bounds& bounds,
               const BeforeFirstChange& before_first_change, Journal& journal);

  // What was asked, with what check_prerequisites has found that belongs to it.
  const v1::ChartInfo& info() const { return info_; }
  v1::ChartInfo& mutable_info() { return info_; }
  kube::KubeClient& kube() { return request.cluster->client(); }
  helm::ReleaseTarget target() {
    return {request.cluster, info().namespace_(), info().name(), &redactor};
  }
  // The release's records as they stand now, newest first.
  absl::StatusOr<std::vector<helm::ReleaseRecord>> Records(const Context& context);
  // NAMESPACE/NAME.
  std::string Name() const { return info().namespace_() + "/" + info().name(); }
  bool destroys() const { return info().action() == v1::ACTION_DESTROY; }

  // OK when the run holds `ns`, NAMESPACE_NOT_ALLOWED naming `object` otherwise. Cluster-scoped
  // (empty) is fine.
  absl::Status CheckNamespace(const std::string& ns, const std::string& object) const;

  // Resolves the kind and fills in the chart's namespace; checks that the run holds it.
  absl::StatusOr<kube::ObjectId> Identify(const Context& context, const std::string& api_version,
                                          const std::string& kind, const std::string& ns,
                                          const std::string& name);

  // Replaces ${payload.key}; STEP_FAILED for a key that no step has set.
  // `escape`: how a value is written; unset: as it is.
  absl::StatusOr<std::string> Expand(
      const std::string& text,
      const std::function<std::string(const std::string&)>& escape = nullptr) const;

  // What may leave the daemon: without secrets, and UTF-8.
  std::string Mask(absl::string_view text) const;
  // The failure of the stage and step that run, masked. `status` is not OK.
  v1::Failure FailureHere(const absl::Status& status) const;
  // LEASE_LOST when the claims are lost that the chart stands on.
  absl::Status LostClaims() const;
  // Whether `status` means that the chart stops where it stands, to be taken up again: the daemon
  // is shutting down, or has lost the claims. No step makes a failure of that.
  bool Stops(const absl::Status& status) const;
  // The bound of a step that follows a forced cancel: evidence, and that nothing is left locked.
  Context AfterForce() const;
  // How the stage stood when the daemon ended; nullptr where nothing is resumed.
  const v1::StageRun* Before(v1::Stage of) const;
  // What a restart needs to know.
  JournalNote Note() const;
  // Tells the decision, with what is lost by it.
  absl::Status TellDecision();
  // Each step says what it changes that stays so when the chart fails: of an object by the answer
  // to the request for it, which is returned; of anything else in the step's own name.
  absl::Status LeaveChanged(const kube::ObjectId& id, const std::string& change,
                            const absl::Status& answer = absl::OkStatus()) {
    return facts.left_changed.Note(id, change, answer);
  }
  void LeaveChanged(const StepTraits& traits, const std::string& effect);

  // Masked and told under the stage and step that run.
  void Log(const std::string& source, absl::string_view line);
  void Tell(v1::Progress progress);

  const ChartRequest& request;
  const Services& services;
  const Bounds& bounds;
  const BeforeFirstChange& before_first_change;
  Journal& journal;
  // Learns of secrets in check_prerequisites, while no other thread tells anything.
  Redactor redactor;
  std::map<std::string, std::string> payload;
  Facts facts;
  // Set by the stage runner.
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
  std::string step;
  int attempt = 0;  // of the step, from 1

 private:
  v1::ChartInfo info_;
};

}  // namespace wheelhouse::lifecycle
