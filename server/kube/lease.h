// Leases (coordination.k8s.io/v1) in one namespace. Every write is a compare-and-set.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

struct Lease {
  std::string name;
  std::string holder;
  absl::Duration duration;   // how long it is valid without renewal; whole seconds
  std::string acquire_time;  // MicroTime by its writer's clock: only for display
  std::string renew_time;    // MicroTime; differs in every write
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string uid;               // set by the server
  std::string resource_version;  // set by the server
};

// Formats a MicroTime: `2026-11-27T10:24:01.000000Z`.
std::string MicroTime(absl::Time time);
// nullopt when `text` is not a MicroTime.
std::optional<absl::Time> ReadMicroTime(const std::string& text);

// Thread-safe. Errors as KubeClient's. When the response to a write is lost, the Lease is read: the
// write succeeded if the Lease has the holder and renew_time that it wrote.
class Leases {
 public:
  // `client` must outlive it.
  Leases(KubeClient& client, std::string ns) : client_(client), ns_(std::move(ns)) {}

  const std::string& ns() const { return ns_; }

  // One consistent read: the state at a single moment after the call began. Empty when the
  // namespace does not exist.
  absl::StatusOr<std::vector<Lease>> List(const Context& context, const std::string& selector);

  absl::StatusOr<std::optional<Lease>> Get(const Context& context, const std::string& name);

  // Also creates the namespace when it is missing. OBJECT_CONFLICT when the Lease exists.
  absl::StatusOr<Lease> Create(const Context& context, const Lease& lease);

  // Replaces the Lease that has this resource_version. OBJECT_CONFLICT when it has changed since,
  // OBJECT_NOT_FOUND when it is gone.
  absl::StatusOr<Lease> Replace(const Context& context, const Lease& lease);

  // Deletes the Lease that has this resource_version; OK too when there is no Lease of this name.
  // OBJECT_CONFLICT when it has changed since.
  absl::Status Delete(const Context& context, const Lease& lease);

 private:
  ObjectId Id(const std::string& name) const;
  absl::StatusOr<Lease> Settle(const Context& context, const Lease& wanted,
                               const absl::StatusOr<Json>& answer);
  absl::Status MakeNamespace(const Context& context);

  KubeClient& client_;
  const std::string ns_;
};

}  // namespace wheelhouse::kube
