// Several observers as one.
#pragma once

#include <utility>
#include <vector>

#include "server/runs/log/run_observer.h"

namespace wheelhouse::runs {

// Calls them one after the other. They are lent.
class RunObservers final : public RunObserver {
 public:
  explicit RunObservers(std::vector<RunObserver*> all) : all_(std::move(all)) {}
  void OnCreated(const v1::Run& run) override {
    for (RunObserver* one : all_) one->OnCreated(run);
  }
  void OnEvent(const v1::Run& run, const v1::RunEvent& event) override {
    for (RunObserver* one : all_) one->OnEvent(run, event);
  }

 private:
  const std::vector<RunObserver*> all_;
};

}  // namespace wheelhouse::runs
