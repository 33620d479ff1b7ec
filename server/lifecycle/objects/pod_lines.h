// What the pods of a chart that is waited for print, as log events of the run.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Reads what is new at each look, by the chart's choice (ChartInfo.logs), within the bounds that
// are documented there; a line says when they are reached. What cannot be read is left out. Used by
// one thread.
class PodLines {
 public:
  explicit PodLines(const Chart& chart) : chart_(chart) {}

  // `pods` are as the API server shows them now.
  void Look(const Context& context, const std::vector<kube::Json>& pods);

 private:
  struct Container {
    absl::Time unready_since = absl::InfiniteFuture();
    std::string end;                           // the last of its ends that was read
    absl::Time newest = absl::InfinitePast();  // of the lines that were read
  };

  void LookAt(const Context& context, const kube::Json& pod, const kube::Json& status);
  bool Wanted(const kube::Json& status, Container* container) const;
  // False when it cannot be read now.
  bool Read(const Context& context, const kube::Json& pod, const std::string& name, bool previous,
            Container* container);
  void Report(const std::string& source, absl::string_view text, Container* container);

  const Chart& chart_;
  std::map<std::pair<std::string, std::string>, Container> containers_;  // by uid and name
  int lines_left_ = 1000;
  int64_t bytes_left_ = 256 << 10;
};

}  // namespace wheelhouse::lifecycle
