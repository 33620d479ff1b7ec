// Manifests: of a chart as it is rendered beforehand, of a revision as its record holds it, and
// their objects as the API server knows them.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "server/kube/kube_client.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// A revision of the release with its payload, which is read once in a check: `found` remembers the
// one that was asked for last, and owns it until another one is asked for.
absl::StatusOr<const helm::Release*> ReadOnce(const Context& context, const Chart& chart,
                                              const helm::ReleaseRecord& record, Found& found);

// What a revision of the release holds, without hooks.
absl::StatusOr<std::vector<ManifestObject>> ReadManifestOf(const Context& context,
                                                           const Chart& chart,
                                                           const helm::ReleaseRecord& record);

// What a release that was read holds, without hooks. What its Secrets hold, those of hooks too, is
// masked from then on.
absl::StatusOr<std::vector<ManifestObject>> ObjectsIn(const Chart& chart,
                                                      const helm::Release& release);
// The same with the objects of its hooks.
absl::StatusOr<std::vector<ManifestObject>> AllObjectsIn(const Chart& chart,
                                                         const helm::Release& release);

// What helm compares an upgrade with, as it is now; nullopt when nothing is installed.
absl::StatusOr<std::optional<helm::Release>> ReadInstalled(const Context& context,
                                                           const Chart& chart);
// The same by the release's records, which the caller has just read.
absl::StatusOr<std::optional<helm::Release>> ReadInstalled(
    const Context& context, const Chart& chart, const std::vector<helm::ReleaseRecord>& records);

// The objects that the run is about, hooks included: what the revision that it made holds, by
// helm's own record. A run that made none has those that a DESTROY takes away, or else the
// forecast, or what is installed where there is none, or what exists of an UNCHANGED release.
absl::StatusOr<std::vector<ManifestObject>> ObjectsOfRun(const Context& context, const Chart& chart,
                                                         const Found& found, const Trail& trail);

enum class Hooks { kWithout, kWith };

// Those of `objects` whose kinds the cluster serves; with or without those of helm hooks, which
// helm does not keep.
std::vector<kube::ObjectId> ServedObjects(const Context& context, const Chart& chart,
                                          const std::vector<ManifestObject>& objects,
                                          Hooks hooks = Hooks::kWithout);

// The object among `objects`, hooks left out; nullptr when it is not among them. `objects` owns it.
const ManifestObject* FindObject(const Chart& chart, const std::vector<ManifestObject>& objects,
                                 const kube::ObjectId& id);

// Whether its author wants helm to leave it where it is when the release goes
// (helm.sh/resource-policy).
bool KeptByPolicy(const kube::Json& live);

// What helm is about to change. Used by one thread.
class UpcomingChange {
 public:
  // `objects` are what helm applies, `from` the release's newest record; nullopt where there is
  // none, or where a helm that was killed may have changed the objects since: then the dry run
  // decides.
  UpcomingChange(const Chart& chart, std::optional<helm::ReleaseRecord> from,
                 std::vector<ManifestObject> objects)
      : chart_(chart), from_(std::move(from)), objects_(std::move(objects)) {}
  // Whether the spec of `live` is about to change: when the record holds another spec than helm
  // applies (helm 3 removes by that record what a dry run of an apply leaves), or when a dry run
  // shows it.
  bool Of(const Context& context, const kube::ObjectId& id, const kube::Json& live);

 private:
  const Chart& chart_;
  const std::optional<helm::ReleaseRecord> from_;
  const std::vector<ManifestObject> objects_;
  std::optional<std::vector<ManifestObject>> released_;  // once asked
};

}  // namespace wheelhouse::lifecycle
