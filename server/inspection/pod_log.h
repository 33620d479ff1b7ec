// What the pods of a release print, a piece at a time.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "common/redactor.h"
#include "server/inspection/release_mask.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::inspection {

struct PodLogRules {
  bool follow = false;
  bool previous = false;
  int tail_lines = 100;                     // of a container that is read first
  absl::Time since = absl::InfinitePast();  // and only lines from then on
  std::string container;                    // empty: all
};

// Used by one thread at a time.
class PodLog {
 public:
  // The release's pods, as they are now, and what is masked in what they print.
  struct Pods {
    std::vector<kube::Json> pods;
    ReleaseMask mask;
  };
  using Find = std::function<absl::StatusOr<Pods>(const Context& context)>;

  // What is lent must outlive it. `find` is called at the first step, and while following every 5
  // s.
  PodLog(kube::KubeClient& client, PodLogRules rules, Find find)
      : client_(client), rules_(std::move(rules)), find_(std::move(find)) {}

  struct Step {
    std::vector<v1::PodLogLine> lines;  // of one container; at most 1 MiB
    bool paused = false;                // all containers have been read: nothing is new
    bool over = false;                  // and nothing will be
  };
  // Reads one container. Blocks, for 3 s at most where a kubelet does not answer; that is said in a
  // line, once for each container. `now` is on the steady clock. Errors: those of `find`.
  absl::StatusOr<Step> Next(const Context& context, absl::Duration now);

 private:
  using Key = std::pair<std::string, std::string>;  // the pod's uid, the container's name
  struct Container {
    std::string ns, pod, name;
    std::optional<absl::Time> newest;  // of the lines that were read
    bool ended = false;                // and read to its end
    bool told = false;                 // that it cannot be read
  };

  absl::Status FindPods(const Context& context, absl::Duration now);
  void Meet(const kube::Json& pod, const kube::Json& status);
  std::vector<v1::PodLogLine> Read(const Context& context, const Key& key, Container& container);
  std::vector<v1::PodLogLine> LinesIn(absl::string_view text, Container& container) const;
  v1::PodLogLine LineOf(const Container& container, absl::string_view text) const;

  kube::KubeClient& client_;
  const PodLogRules rules_;
  const Find find_;
  std::optional<ReleaseMask> mask_;
  std::map<Key, Container> containers_;
  std::deque<Key> round_;  // to be read before the next pause
  bool first_ = true;      // of the pods that were there when this began
  bool round_begun_ = false;
  absl::Duration find_again_ = -absl::InfiniteDuration();
};

}  // namespace wheelhouse::inspection
