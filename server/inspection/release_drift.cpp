#include "server/inspection/release_drift.h"

#include <absl/strings/str_cat.h>

#include <optional>

#include "common/failure.h"
#include "common/formats/manifest.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/helm/releases.h"
#include "server/inspection/release_mask.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/changes/field_changes.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/drift.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::inspection {
namespace {

using kube::Json;
using lifecycle::Look;

constexpr size_t kMostFields = 100;  // of one object
constexpr size_t kMostBytes = size_t{64} << 10;

// Why nothing more can be learnt about the cluster; OK for what concerns one object alone.
absl::Status Fatal(const absl::Status& status) {
  for (const Reason reason : {Reason::kClusterUnreachable, Reason::kCredentialsInvalid}) {
    if (HasReason(status, reason)) return status;
  }
  return absl::OkStatus();
}

// Whose the object is by helm's marks, where it is not the release's: `belongs to the release
// shop/web`; empty where it is.
std::string OwnerUnlike(const helm::ReleaseRecord& record, const Json& live) {
  const lifecycle::MarkedRelease marked = lifecycle::ReleaseMarkedOn(live);
  if (marked.name == record.name && marked.ns == record.ns) return "";
  if (marked.empty()) return "has no marks of helm";
  return absl::StrCat("belongs to the release ", marked.ToString());
}

class Report {
 public:
  Report(const helm::Release& release, const ReleaseMask& mask, v1::ReleaseDrift* drift)
      : record_(release.record),
        mask_([&mask](absl::string_view text) { return mask.Text(text); }),
        drift_(*drift) {}

  void Tell(const Look& look) {
    if (!look.identified.ok()) return Unknown(look, look.identified);
    if (HasReason(look.live.status(), Reason::kObjectNotFound)) {
      if (!lifecycle::CollectedWhenDone(*look.object)) Add(look, v1::DRIFT_KIND_MISSING, "");
      return;
    }
    if (!look.live.ok()) return Unknown(look, look.live.status());
    if (kube::BeingDeleted(*look.live))
      return Add(look, v1::DRIFT_KIND_MISSING, "is being deleted");
    const std::string owner = OwnerUnlike(record_, *look.live);
    if (!owner.empty()) return Add(look, v1::DRIFT_KIND_NOT_OWNED, owner);
    if (!look.applied.ok()) return Unknown(look, look.applied.status());
    const auto fields = look.Fields(kMostFields);
    if (fields.empty()) return;
    v1::DriftedObject object = Made(look, v1::DRIFT_KIND_CHANGED, "");
    for (const kube::Difference& field : fields)
      *object.add_fields() = lifecycle::ToDriftChange(field, *look.live, look.id.type.kind, mask_);
    Keep(std::move(object));
  }

  v1::DriftState state() const {
    if (differs_) return v1::DRIFT_STATE_DRIFTED;
    return unknown_ ? v1::DRIFT_STATE_UNKNOWN : v1::DRIFT_STATE_IN_SYNC;
  }

 private:
  std::string NameOf(const Look& look) const {
    if (look.identified.ok()) return look.id.ToString();
    const std::string& ns = look.object->ns.empty() ? record_.ns : look.object->ns;
    return absl::StrCat(look.object->kind, " ", ns, "/", look.object->name);
  }

  v1::DriftedObject Made(const Look& look, v1::DriftKind kind, const std::string& detail) const {
    v1::DriftedObject object;
    object.set_object(mask_(NameOf(look)));
    object.set_kind(kind);
    object.set_detail(mask_(detail));
    return object;
  }

  void Add(const Look& look, v1::DriftKind kind, const std::string& detail) {
    Keep(Made(look, kind, detail));
  }

  void Unknown(const Look& look, const absl::Status& why) {
    unknown_ = true;
    Store(Made(look, v1::DRIFT_KIND_UNKNOWN, FailureOf(why).message()));
  }

  void Keep(v1::DriftedObject object) {
    differs_ = true;
    Store(std::move(object));
  }

  void Store(v1::DriftedObject object) {
    bytes_ += object.ByteSizeLong();
    if (bytes_ > kMostBytes) {
      drift_.set_objects_left_out(drift_.objects_left_out() + 1);
    } else {
      *drift_.add_objects() = std::move(object);
    }
  }

  const helm::ReleaseRecord& record_;
  const lifecycle::Mask mask_;
  v1::ReleaseDrift& drift_;
  size_t bytes_ = 0;
  bool differs_ = false, unknown_ = false;
};

absl::StatusOr<std::vector<Look>> LookAt(const Context& context, kube::KubeClient& client,
                                         const helm::Release& release,
                                         const std::vector<ManifestObject>& objects) {
  const auto identify = [&](const ManifestObject& one) -> absl::StatusOr<kube::ObjectId> {
    ASSIGN_OR_RETURN(const kube::ResourceType type,
                     client.Resolve(context, one.api_version, one.kind));
    const std::string& ns = one.ns.empty() ? release.record.ns : one.ns;
    return kube::ObjectId{type, type.namespaced ? ns : "", one.name};
  };
  ASSIGN_OR_RETURN(auto looks, lifecycle::LookAtObjects(context, client, identify, objects));
  for (const Look& look : looks) {
    for (const absl::Status& status : {look.identified, look.live.status(), look.applied.status()})
      RETURN_IF_ERROR(Fatal(status));
  }
  return looks;
}

void SetUnknown(const std::string& why, v1::ReleaseDrift* drift) {
  drift->set_state(v1::DRIFT_STATE_UNKNOWN);
  drift->set_detail(why);
}

}  // namespace

absl::StatusOr<v1::ReleaseDrift> DriftOf(const Context& context, kube::KubeClient& client,
                                         const ReleaseKey& release, absl::Time now) {
  v1::ReleaseDrift drift;
  drift.set_namespace_(release.first);
  drift.set_name(release.second);
  *drift.mutable_check_time() = ToProto(now);
  const auto records = helm::ListRecords(context, client, release.first, release.second);
  RETURN_IF_ERROR(Fatal(records.status()));
  RETURN_IF_ERROR(context.Check());
  if (!records.ok()) {
    SetUnknown(FailureOf(records.status()).message(), &drift);
    return drift;
  }
  const helm::ReleaseRecord* installed = helm::InstalledRecord(*records);
  if (installed == nullptr) {
    drift.set_state(v1::DRIFT_STATE_ABSENT);
    drift.set_detail(records->empty() ? "there is no release" : "the release is uninstalled");
    return drift;
  }
  drift.set_revision(installed->revision);
  const auto read = helm::ReadRelease(context, client, *installed);
  RETURN_IF_ERROR(Fatal(read.status()));
  RETURN_IF_ERROR(context.Check());
  if (!read.ok()) {
    SetUnknown(FailureOf(read.status()).message(), &drift);
    return drift;
  }
  const auto mask = ReleaseMask::Of({&*read});
  const auto objects = ReadManifests(read->manifest, "the release's manifest");
  if (!mask.ok() || !objects.ok()) {
    SetUnknown("the manifest in the release's record cannot be read", &drift);
    return drift;
  }
  ASSIGN_OR_RETURN(const auto looks, LookAt(context, client, *read, *objects));
  Report report(*read, *mask, &drift);
  for (const Look& look : looks) report.Tell(look);
  drift.set_state(report.state());
  return drift;
}

absl::StatusOr<std::vector<ReleaseKey>> InstalledReleases(const Context& context,
                                                          kube::KubeClient& client,
                                                          const std::string& ns) {
  ASSIGN_OR_RETURN(const auto records, helm::ListAllRecords(context, client, ns));
  std::vector<ReleaseKey> installed;
  std::optional<ReleaseKey> last;
  for (const helm::ReleaseRecord& record : records) {
    ReleaseKey key{record.ns, record.name};
    if (key == last) continue;  // the newest comes first
    last = key;
    if (record.status != helm::kUninstalled) installed.push_back(std::move(key));
  }
  return installed;
}

v1::DriftCheck SummaryOf(const v1::ReleaseDrift& drift) {
  v1::DriftCheck summary;
  *summary.mutable_check_time() = drift.check_time();
  summary.set_state(drift.state());
  int objects = drift.objects_left_out();
  for (const v1::DriftedObject& object : drift.objects())
    objects += object.kind() == v1::DRIFT_KIND_UNKNOWN ? 0 : 1;
  summary.set_objects(objects);
  return summary;
}

}  // namespace wheelhouse::inspection
