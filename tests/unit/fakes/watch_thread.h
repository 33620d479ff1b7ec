// A watch that is a thread of its own.
#pragma once

#include <functional>
#include <thread>
#include <utility>

#include "common/context.h"
#include "server/kube/watcher.h"

namespace wheelhouse::kube {

// `watch` runs until its Context ends, which this being destroyed does.
class WatchThread final : public Watch {
 public:
  explicit WatchThread(std::function<void(const Context&)> watch)
      : thread_([this, watch = std::move(watch)] { watch(scope_); }) {}
  ~WatchThread() override {
    scope_.Cancel(absl::CancelledError("nobody watches it"));
    thread_.join();
  }

 private:
  const Context scope_ = Context::Background().WithCancel();
  std::thread thread_;
};

}  // namespace wheelhouse::kube
