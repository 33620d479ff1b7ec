// The lifecycle's Journal of one chart, on the run's log.
#pragma once

#include <memory>
#include <string>

#include "server/lifecycle/journal.h"
#include "server/runs/run_log.h"

namespace wheelhouse::runs {

// Thread-safe.
class ChartJournal final : public lifecycle::Journal {
 public:
  ChartJournal(std::shared_ptr<RunLog> log, std::string chart)
      : log_(std::move(log)), chart_(std::move(chart)) {}

  absl::Status Record(const v1::Transition& transition,
                      const lifecycle::JournalNote& note) override;
  absl::Status RecordFailure(const v1::Failure& failure) override;
  void Log(const v1::Log& log) override;
  void Progress(const v1::Progress& progress) override;

 private:
  const std::shared_ptr<RunLog> log_;
  const std::string chart_;  // NAMESPACE/NAME
};

}  // namespace wheelhouse::runs
