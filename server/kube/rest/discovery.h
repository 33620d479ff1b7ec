// The kinds that an API server serves, cached.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/cancellable_mutex.h"
#include "common/mutex.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Thread-safe. One thread reads at a time, and the others use what it has read.
class Discovery {
 public:
  struct Question {
    std::string path;
    std::string accept = "application/json";
    bool patient = true;  // retry while the server is unavailable
  };
  using Ask = std::function<absl::StatusOr<Json>(const Context& context, const Question& question)>;

  explicit Discovery(Ask ask) : ask_(std::move(ask)) {}

  // As KubeClient::Resolve. That a kind is gone is known only where its group has been asked: while
  // the server of a group does not respond, all its kinds are unknown for the moment.
  absl::StatusOr<ResourceType> Resolve(const Context& context, const std::string& api_version,
                                       const std::string& kind);
  // As KubeClient::ServedTypes.
  absl::StatusOr<std::vector<ResourceType>> Types(const Context& context);
  // As KubeClient::ForgetDiscovery.
  void Forget(absl::Duration before = absl::InfiniteDuration());

 private:
  struct Served {
    std::vector<ResourceType> types;  // versions of a group in the server's order of preference
    std::vector<std::string> silent;  // GROUP/VERSION whose server does not respond
  };
  using Snapshot = std::shared_ptr<const Served>;  // read by many threads, never changed

  // A snapshot other than `old`, which may be null: the cached one, or one read now.
  absl::StatusOr<Snapshot> OtherThan(const Snapshot& old, const Context& context);
  Snapshot Remembered(const Snapshot& old);
  absl::StatusOr<Served> Read(const Context& context) const;
  // OK when a kind of `api_version` that `served` does not have is known not to be served;
  // CLUSTER_UNREACHABLE, naming the group and its APIService, when its server cannot be asked.
  absl::Status CheckAnswers(const Context& context, const std::string& api_version,
                            const Served& served) const;
  absl::Status ReadGroup(const Context& context, const std::string& path, const std::string& group,
                         const std::string& version, Served* served) const;
  absl::Status ReadGroups(const Context& context, const Json& groups, Served* served) const;

  const Ask ask_;
  CancellableMutex reading_;
  Mutex mutex_;
  Snapshot remembered_ ABSL_GUARDED_BY(mutex_);
  // By SteadyNow: when what is remembered was asked for, and before when it would be too old.
  absl::Duration read_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  absl::Duration forgotten_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace wheelhouse::kube
