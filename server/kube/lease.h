// Leases of coordination.k8s.io/v1 in one namespace, each write a compare-and-set.
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
  absl::Duration duration;   // how long it counts without being renewed; whole seconds
  std::string acquire_time;  // MicroTime, by its writer's clock: to be shown, never compared
  std::string renew_time;    // MicroTime; differs from write to write
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string uid;               // the server's
  std::string resource_version;  // the server's
};

// As MicroTime is written: `2026-11-27T10:24:01.000000Z`.
std::string MicroTime(absl::Time time);
// nullopt for what is no such time.
std::optional<absl::Time> ReadMicroTime(const std::string& text);

// Thread-safe. Errors as KubeClient's. A write whose answer was lost is looked up: it counts as
// done when the Lease has the holder and renew_time that were to be written.
class Leases {
 public:
  // `client` must outlive it.
  Leases(KubeClient& client, std::string ns) : client_(client), ns_(std::move(ns)) {}

  const std::string& ns() const { return ns_; }

  // By one consistent read: as of one moment not before the call. None of a namespace that is not
  // there.
  absl::StatusOr<std::vector<Lease>> List(const Context& context, const std::string& selector);

  absl::StatusOr<std::optional<Lease>> Get(const Context& context, const std::string& name);

  // Makes the namespace as well when it is missing. OBJECT_CONFLICT when there is such a Lease.
  absl::StatusOr<Lease> Create(const Context& context, const Lease& lease);

  // In place of the one with lease's resource_version. OBJECT_CONFLICT when it has changed since,
  // OBJECT_NOT_FOUND when it is gone.
  absl::StatusOr<Lease> Replace(const Context& context, const Lease& lease);

  // The one with lease's resource_version; OK as well when there is none of this name.
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
