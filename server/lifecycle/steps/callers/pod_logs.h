// What pods print, as it comes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// While it lives, looks every second at what pods have printed, and logs it line by line into the
// run, with the pod's name for a source; of each container the first MiB. What cannot be read is
// left out. Made, stopped and queried on one thread.
class PodLogFollower {
 public:
  // `pods` lists those to follow; it is called on a thread of this.
  PodLogFollower(const Context& context, const Chart& chart,
                 std::function<std::vector<kube::Json>(const Context&)> pods);
  ~PodLogFollower() { Stop(); }

  // Makes the last look.
  void Stop();

  // The end of what each pod printed, by name; also of pods that are gone by now. Call it after
  // Stop.
  const std::map<std::string, std::string>& tails() const { return tails_; }

 private:
  void Look(const Context& context, bool last);
  void ReportLines(const kube::Json& pod, const kube::Json& container, const std::string& text,
                   bool last);

  const Context context_;
  const Context until_stopped_ = context_.WithCancel();
  const Chart& chart_;
  const std::function<std::vector<kube::Json>(const Context&)> pods_;
  // How many bytes have been reported, by uid of the pod and container.
  std::map<std::pair<std::string, std::string>, size_t> reported_;
  std::map<std::string, std::string> tails_;
  std::thread thread_;  // the only user of the above while it runs
};

}  // namespace wheelhouse::lifecycle
