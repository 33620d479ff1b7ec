#include "server/lifecycle/objects/known_releases.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

namespace wheelhouse::lifecycle {
namespace {

std::string KeyOf(const std::string& cluster, const helm::ReleaseRecord& record) {
  return absl::StrCat(cluster, "/", record.ns, "/", record.name);
}

std::string VersionOf(const helm::ReleaseRecord& record) {
  return absl::StrCat(record.uid, " ", record.resource_version);
}

}  // namespace

KnownReleases::Objects KnownReleases::Find(const std::string& cluster,
                                           const helm::ReleaseRecord& record) {
  MutexLock lock(&mutex_);
  const auto found = known_.find(KeyOf(cluster, record));
  if (found == known_.end() || found->second.version != VersionOf(record)) return nullptr;
  found->second.used = ++uses_;
  return found->second.objects;
}

void KnownReleases::Keep(const std::string& cluster, const helm::ReleaseRecord& record,
                         const std::vector<ManifestObject>& objects) {
  if (record.uid.empty() || record.resource_version.empty()) return;
  if (std::ranges::any_of(objects, [](const ManifestObject& one) { return one.kind == "Job"; }))
    return;
  auto kept = std::make_shared<std::vector<ManifestObject>>(objects);
  for (ManifestObject& object : *kept) object.text = std::string();
  MutexLock lock(&mutex_);
  Known& known = known_[KeyOf(cluster, record)];
  if (known.objects != nullptr) objects_ -= known.objects->size();
  objects_ += kept->size();
  known = {VersionOf(record), std::move(kept), ++uses_};
  while (objects_ > kMostObjects && known_.size() > 1) {
    const auto oldest =
        std::ranges::min_element(known_, {}, [](const auto& entry) { return entry.second.used; });
    objects_ -= oldest->second.objects->size();
    known_.erase(oldest);
  }
}

}  // namespace wheelhouse::lifecycle
