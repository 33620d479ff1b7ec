// How a run of a chart is reported: recorded in the journal and streamed under the stage and step
// that run, without secrets.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

#include "common/formats/manifest.h"
#include "common/redactor.h"
#include "server/helm/secrets.h"
#include "server/lifecycle/core/journal.h"
#include "server/lifecycle/core/known.h"
#include "server/lifecycle/core/trail.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse::lifecycle {

// Where a run is.
struct Position {
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
  std::string step;  // empty: between steps
  int attempt = 0;   // of the step, from 1
};

// Used by the thread that runs the chart; Log, Progress, Mask and AddSecrets may be called from a
// step's own threads too, which end before the step does.
class Report {
 public:
  // Both are lent. The secrets of the request are masked from the beginning; those that a run finds
  // later (Secrets that it reads or renders) from when they are added.
  Report(Journal& journal, const Known& known);

  // Set by the runner.
  const Position& position() const { return position_; }
  void MoveTo(Position position) { position_ = std::move(position); }

  // `text` as it may leave the daemon: without secrets, and UTF-8.
  std::string Mask(absl::string_view text) const;
  // Masks them from now on.
  void AddSecrets(const std::vector<std::string>& secrets) { redactor_.Add(secrets); }
  // Masks from now on what the Secrets among them hold. To be called with every manifest that is
  // read, rendered or applied, before anything is told of it.
  void AddSecretsOf(const std::vector<ManifestObject>& objects) {
    AddSecrets(secrets_.Of(objects));
  }
  const helm::ChartSecrets& secrets() const { return secrets_; }
  const Redactor& redactor() const { return redactor_; }

  // The failure of the stage and step that run, masked. `status` is not OK.
  v1::Failure FailureHere(const absl::Status& status) const;

  // Durable, with the current trail, before they return OK. After an error the chart stops where it
  // is.
  absl::Status Record(const v1::Transition& transition);
  // Durable before whatever is recorded later; does not wait. For what is found out again after a
  // restart: the states of stages and of steps that only read, and the end of what may be repeated.
  absl::Status RecordSoon(const v1::Transition& transition);
  absl::Status RecordFailure(const v1::Failure& failure);
  // Records that helm is about to be asked to make a revision, or to uninstall one, so that what a
  // killed helm leaves is recognized as this run's. `outcome` is shown as the step's.
  absl::Status RecordIntention(int revision, const std::string& outcome);
  // As StoredTrail::KeepPayload, of the run's trail.
  absl::Status KeepPayload(Trail& trail) { return stored_trail_.KeepPayload(trail); }
  // The trail that was recorded last. As StoredTrail::Read.
  absl::StatusOr<Trail> ReadTrail(const Resume& resume) { return stored_trail_.Read(resume); }

  void Log(const std::string& source, absl::string_view line);
  // A line of what the chart says while it is waited for.
  void Said(v1::LogKind kind, const std::string& source, absl::string_view line);
  void Progress(v1::Progress progress);
  // Progress of one object that is waited for.
  void Waiting(const std::string& object, const std::string& reason);

  // For Keep, Kept and Intended.
  Journal& journal() const { return journal_; }

 private:
  absl::StatusOr<JournalNote> NoteOf(int intended_revision);

  Journal& journal_;
  StoredTrail stored_trail_;
  const Known& known_;
  const helm::ChartSecrets secrets_;
  Redactor redactor_;
  Position position_;
};

}  // namespace wheelhouse::lifecycle
