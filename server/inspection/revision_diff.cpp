#include "server/inspection/revision_diff.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/formats/manifest.h"
#include "common/status_macros.h"
#include "server/inspection/release_mask.h"
#include "server/kube/differences.h"
#include "server/lifecycle/changes/field_changes.h"
#include "server/lifecycle/changes/manifest_json.h"
#include "server/lifecycle/core/same_object.h"

namespace wheelhouse::inspection {
namespace {

using kube::Json;
using lifecycle::ObjectKey;

constexpr size_t kMostBytes = size_t{1} << 20;
constexpr size_t kMostFields = 1000;  // of one object, or of the values

// A hook and an object may have one name.
using Key = std::pair<bool, ObjectKey>;
using Objects = std::vector<std::pair<Key, ManifestObject>>;

absl::StatusOr<Objects> ObjectsOf(const helm::Release& release) {
  Objects objects;
  const auto add = [&](const std::string& manifest, bool hook) -> absl::Status {
    ASSIGN_OR_RETURN(auto read, ReadManifests(manifest, "the release's manifest"));
    for (ManifestObject& object : read)
      objects.emplace_back(Key{hook, lifecycle::KeyOf(object, release.record.ns)},
                           std::move(object));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(add(release.manifest, false));
  for (const helm::ReleaseHook& hook : release.hooks) RETURN_IF_ERROR(add(hook.manifest, true));
  return objects;
}

class Comparison {
 public:
  explicit Comparison(const ReleaseMask& mask)
      : mask_([&mask](absl::string_view text) { return mask.Text(text); }) {}

  void Compare(const Objects& before, const Objects& after) {
    std::map<Key, const ManifestObject*> old;
    for (const auto& [key, object] : before) old.emplace(key, &object);
    for (const auto& [key, object] : after) {
      const auto found = old.find(key);
      if (found == old.end()) {
        Add(Change(v1::OBJECT_ACTION_CREATE, key, object));
      } else {
        CompareObject(key, *found->second, object);
        old.erase(found);
      }
    }
    for (const auto& [key, object] : before) {
      if (old.contains(key)) Add(Change(v1::OBJECT_ACTION_DELETE, key, object));
    }
  }

  v1::DiffRevisionsResponse Take() { return std::move(found_); }

 private:
  // With the namespace that the manifest names: which kinds have one, only a cluster knows.
  v1::ObjectChange Change(v1::ObjectAction action, const Key& key,
                          const ManifestObject& object) const {
    v1::ObjectChange change;
    change.set_action(action);
    change.set_object(mask_(
        absl::StrCat(object.kind, " ", object.ns, object.ns.empty() ? "" : "/", object.name)));
    if (key.first) change.set_note("is a hook");
    return change;
  }

  void CompareObject(const Key& key, const ManifestObject& before, const ManifestObject& after) {
    v1::ObjectChange change = Change(v1::OBJECT_ACTION_CHANGE, key, after);
    const auto left = lifecycle::ToJson(before), right = lifecycle::ToJson(after);
    if (!left.has_value() || !right.has_value()) {
      if (before.text == after.text) return;
      change.set_note("is too large to compare");
      return Add(std::move(change));
    }
    const auto fields = kube::FindDifferences(*left, *right, kMostFields);
    if (fields.empty()) return;
    for (const kube::Difference& field : fields)
      *change.add_fields() = lifecycle::ToFieldChange(field, after.kind, mask_);
    Add(std::move(change));
  }

  void Add(v1::ObjectChange change) {
    bytes_ += change.ByteSizeLong();
    if (bytes_ > kMostBytes) {
      found_.set_changes_left_out(found_.changes_left_out() + 1);
    } else {
      *found_.add_changes() = std::move(change);
    }
  }

  const lifecycle::Mask mask_;
  size_t bytes_ = 0;
  v1::DiffRevisionsResponse found_;
};

Json OrEmpty(const Json& values) { return values.is_object() ? values : Json::object(); }

void CompareValues(const helm::Release& before, const helm::Release& after, const ReleaseMask& mask,
                   v1::DiffRevisionsResponse* found) {
  for (kube::Difference& difference :
       kube::FindDifferences(OrEmpty(before.values), OrEmpty(after.values), kMostFields)) {
    std::vector<std::string> masked;
    for (Json* side : {&difference.before, &difference.after}) {
      if (!side->is_discarded()) *side = mask.Values(*side, difference.steps, &masked);
    }
    v1::FieldChange& change = *found->add_values();
    change = lifecycle::ToFieldChange(difference, "",
                                      [&mask](absl::string_view text) { return mask.Text(text); });
    change.set_secret(change.secret() || !masked.empty());
  }
}

}  // namespace

absl::StatusOr<v1::DiffRevisionsResponse> DifferenceOf(const helm::Release& before,
                                                       const helm::Release& after) {
  ASSIGN_OR_RETURN(const ReleaseMask mask, ReleaseMask::Of({&before, &after}));
  ASSIGN_OR_RETURN(const Objects old, ObjectsOf(before));
  ASSIGN_OR_RETURN(const Objects now, ObjectsOf(after));
  Comparison comparison(mask);
  comparison.Compare(old, now);
  v1::DiffRevisionsResponse found = comparison.Take();
  CompareValues(before, after, mask, &found);
  return found;
}

}  // namespace wheelhouse::inspection
