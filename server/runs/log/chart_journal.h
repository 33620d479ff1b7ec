// The lifecycle's Journal of one chart, on the run's log.
#pragma once

#include <memory>
#include <string>

#include "server/lifecycle/core/journal.h"
#include "server/runs/log/run_log.h"

namespace wheelhouse::runs {

// Thread-safe.
class ChartJournal final : public lifecycle::Journal {
 public:
  // The store must outlive the journal. `kept_bytes`: what may be kept of all runs of the run's
  // caller (KeepWithinBound).
  ChartJournal(store::Store& store, std::shared_ptr<RunLog> log, std::string cluster,
               std::string chart, int64_t kept_bytes)
      : store_(store),
        log_(std::move(log)),
        cluster_(std::move(cluster)),
        chart_(std::move(chart)),
        kept_bytes_(kept_bytes) {}

  absl::Status Record(const v1::Transition& transition,
                      const lifecycle::JournalNote& note) override;
  absl::Status RecordSoon(const v1::Transition& transition,
                          const lifecycle::JournalNote& note) override;
  absl::Status RecordFailure(const v1::Failure& failure) override;
  absl::Status Keep(const std::string& name, const std::string& bytes) override;
  absl::Status KeepWithinBound(const std::string& name, const std::string& bytes) override;
  absl::StatusOr<std::optional<std::string>> Kept(const std::string& name) override;
  absl::StatusOr<std::optional<std::string>> KeptBy(const std::string& run_id,
                                                    const std::string& name) override;
  absl::StatusOr<std::optional<lifecycle::Intention>> Intended(int revision) override;
  void Log(const v1::Log& log) override;
  void Progress(const v1::Progress& progress) override;

 private:
  LogEntry EntryOf(const v1::Transition& transition, const lifecycle::JournalNote& note) const;

  store::Store& store_;
  const std::shared_ptr<RunLog> log_;
  const std::string cluster_;
  const std::string chart_;  // NAMESPACE/NAME
  const int64_t kept_bytes_;
};

}  // namespace wheelhouse::runs
