// What pods print, as log events of the run.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Whose lines are read, and how many.
struct PodLinesRules {
  bool ready_ones = false;  // also of containers that are ready, or have done what they were for
  v1::LogKind kind = v1::LOG_KIND_UNSPECIFIED;
  // At each look, of each container: the last so many lines, and the first so many bytes of them.
  int tail_lines = 20;
  int look_bytes = 32 << 10;
  // In all. A line says when they are reached.
  int lines = 1000;
  int64_t bytes = 256 << 10;
};

// Of a chart that is waited for, by its own choice (ChartInfo.logs), within the bounds that are
// documented there.
PodLinesRules LinesOfChart(const v1::ChartInfo& info);

// Of pods that are run for what they do: all that they print, up to 4 MiB.
inline constexpr PodLinesRules kAllLines{.ready_ones = true,
                                         .tail_lines = std::numeric_limits<int>::max(),
                                         .look_bytes = 1 << 20,
                                         .lines = std::numeric_limits<int>::max(),
                                         .bytes = 4 << 20};

// Reads what is new at each look. Of a pod that was there for a while when this was made, and is
// ready, what is printed from then on. What cannot be read is left out. Used by one thread.
class PodLines {
 public:
  PodLines(const Chart& chart, PodLinesRules rules)
      : chart_(chart),
        rules_(rules),
        began_(chart.services.clock.Now()),
        lines_left_(rules.lines),
        bytes_left_(rules.bytes) {}

  // `pods` are as the API server shows them now. False when logs were read and had nothing new.
  bool Look(const Context& context, const std::vector<kube::Json>& pods);

  // The end of what each pod printed, by name, masked: at most a few KiB.
  std::map<std::string, std::string> tails() const;

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
  void Report(const kube::Json& pod, const std::string& name, absl::string_view text,
              Container* container);

  const Chart& chart_;
  const PodLinesRules rules_;
  const absl::Time began_;
  std::map<std::pair<std::string, std::string>, Container> containers_;  // by uid and name
  std::map<std::string, std::string> tails_;                             // by the pod's name
  int64_t reads_ = 0;                                                    // of logs
  int lines_left_;
  int64_t bytes_left_;
};

// The pause before the next look, after one of `pause`: `look_every` while pods print something,
// and up to four times that while they print nothing. A hundred charts that wait for an hour are
// not to cost the API server fifty requests a second.
absl::Duration NextPause(absl::Duration pause, absl::Duration look_every, bool news);

// Looks at the lines of pods again and again, on a thread of its own: kubelets may be slow to
// answer. Made, stopped and queried on one thread.
class PodFollower {
 public:
  // `pods` lists those to follow; it is called on a thread of this, and on the caller's in Stop.
  using List = std::function<std::vector<kube::Json>(const Context&)>;
  PodFollower(const Context& context, const Chart& chart, PodLinesRules rules,
              absl::Duration look_every, List pods);
  // Ends it without another look.
  ~PodFollower() { End(); }

  // Ends it, and makes the last look.
  void Stop();

  // As PodLines::tails; call it after Stop.
  std::map<std::string, std::string> tails() const { return lines_.tails(); }

 private:
  void End();

  const Context context_;
  const Context until_stopped_ = context_.WithCancel();
  const List pods_;
  PodLines lines_;  // the thread's while it runs
  std::thread thread_;
};

}  // namespace wheelhouse::lifecycle
