#include "server/lifecycle/changes/object_changes.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/status_macros.h"
#include "server/lifecycle/changes/field_changes.h"
#include "server/lifecycle/changes/manifest_json.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/drift.h"
#include "server/lifecycle/objects/hooks.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/manifests.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kMostBytes = size_t{64} << 10;
constexpr size_t kMostFields = 200;  // of one object

using Objects = std::vector<ManifestObject>;

// What a release holds, and what of it is otherwise in the cluster.
struct Standing {
  Objects objects;
  std::set<ObjectKey> missing;
  Drift drift;
};

bool Applies(v1::Decision decision) {
  return decision == v1::DECISION_INSTALL || decision == v1::DECISION_UPGRADE ||
         decision == v1::DECISION_REINSTALL || decision == v1::DECISION_ROLLBACK;
}

// Drift is of interest only in what stays.
absl::StatusOr<Standing> LookAt(const Context& context, const Chart& chart,
                                const helm::Release& release, bool stays) {
  Standing standing;
  ASSIGN_OR_RETURN(standing.objects, ObjectsIn(chart, release));
  std::erase_if(standing.objects, [](const ManifestObject& object) { return object.hook; });
  const auto miss = [&](const ManifestObject& object) {
    standing.missing.insert(KeyOf(object, chart.info().namespace_()));
  };
  if (stays) {
    ASSIGN_OR_RETURN(standing.drift,
                     FindDrift(context, chart, standing.objects, release.server_side, kMostFields));
    for (const ManifestObject* object : standing.drift.missing) miss(*object);
    return standing;
  }
  ASSIGN_OR_RETURN(const auto live, LookUp(context, chart, standing.objects));
  for (const LiveObject& one : live) {
    if (one.state == LiveObject::State::kAbsent) miss(*one.object);
  }
  return standing;
}

class Comparison {
 public:
  Comparison(const Context& context, const Chart& chart, const Decided& decided, Standing standing)
      : context_(context), chart_(chart), decided_(decided), standing_(std::move(standing)) {
    for (const ManifestObject& object : standing_.objects) stored_.emplace(Key(object), &object);
    for (const ManifestObject& object : decided.to_recreate) recreated_.insert(Key(object));
  }

  // What stays a part of the release, or becomes one.
  void Apply(const Objects& objects) {
    for (const ManifestObject& object : objects) {
      if (object.hook) continue;
      applied_.insert(Key(object));
      const auto before = stored_.find(Key(object));
      if (before == stored_.end()) {
        Add(v1::OBJECT_ACTION_CREATE, object);
      } else {
        Compare(*before->second, object);
      }
    }
  }

  // What the release holds and the objects applied do not.
  void Drop() {
    for (const ManifestObject& object : standing_.objects) {
      if (applied_.contains(Key(object))) continue;
      if (object.keep) {
        Add(v1::OBJECT_ACTION_KEEP, object).set_note("helm.sh/resource-policy: keep");
      } else if (standing_.missing.contains(Key(object))) {
        Add(v1::OBJECT_ACTION_DELETE, object).set_note("is missing in the cluster");
      } else {
        Add(v1::OBJECT_ACTION_DELETE, object);
      }
    }
  }

  void RunHooks(const Objects& objects) {
    const std::vector<std::string> events = HookEventsOf(decided_.decision);
    for (const ManifestObject& object : objects) {
      const bool runs = object.hook && std::ranges::any_of(events, [&](const std::string& event) {
                          return RunsOn(object, event);
                        });
      if (runs) Add(v1::OBJECT_ACTION_RUN_HOOK, object).set_note(object.hook_events);
    }
  }

  // What somebody has changed, under the object's own change where it has one.
  void ReportDrift() {
    for (const Drifted& drifted : standing_.drift.objects) {
      v1::ObjectChange& change = ChangeOf(drifted.id.ToString());
      for (const kube::Difference& field : drifted.fields)
        *change.add_drift() = ToDriftChange(
            field, drifted.live, drifted.id.type.kind,
            [this](absl::string_view text) { return chart_.report.Mask(std::string(text)); });
    }
    for (const std::string& name : standing_.drift.unknown)
      ChangeOf(name).set_note("the API server does not say whether it was changed");
  }

  ObjectChanges Take() {
    ObjectChanges bounded;
    size_t bytes = 0;
    for (v1::ObjectChange& change : changes_) {
      bytes += change.ByteSizeLong();
      if (bytes > kMostBytes) {
        ++bounded.left_out;
      } else {
        bounded.objects.push_back(std::move(change));
      }
    }
    return bounded;
  }

 private:
  ObjectKey Key(const ManifestObject& object) const {
    return KeyOf(object, chart_.info().namespace_());
  }

  std::string NameOf(const ManifestObject& object) const {
    const auto id =
        chart_.Identify(context_, object.api_version, object.kind, object.ns, object.name);
    if (id.ok()) return id->ToString();
    const std::string& ns = object.ns.empty() ? chart_.info().namespace_() : object.ns;
    return absl::StrCat(object.kind, " ", ns, "/", object.name);
  }

  v1::ObjectChange& Add(v1::ObjectAction action, const ManifestObject& object) {
    v1::ObjectChange change;
    change.set_action(action);
    change.set_object(chart_.report.Mask(NameOf(object)));
    changes_.push_back(std::move(change));
    return changes_.back();
  }

  v1::ObjectChange& ChangeOf(const std::string& name) {
    const std::string shown = chart_.report.Mask(name);
    const auto at = std::ranges::find(changes_, shown, &v1::ObjectChange::object);
    if (at != changes_.end()) return *at;
    changes_.emplace_back().set_object(shown);
    return changes_.back();
  }

  void Compare(const ManifestObject& before, const ManifestObject& after) {
    if (standing_.missing.contains(Key(after))) {
      Add(v1::OBJECT_ACTION_CREATE, after).set_note("is missing in the cluster");
      return;
    }
    const bool anew =
        decided_.decision == v1::DECISION_REINSTALL || recreated_.contains(Key(after));
    const v1::ObjectAction action = anew ? v1::OBJECT_ACTION_REPLACE : v1::OBJECT_ACTION_CHANGE;
    const auto left = ToJson(before), right = ToJson(after);
    if (!left.has_value() || !right.has_value()) {
      if (anew || before.text != after.text) Add(action, after).set_note("is too large to compare");
      return;
    }
    const auto fields = kube::FindDifferences(kube::WithoutServerFields(*left),
                                              kube::WithoutServerFields(*right), kMostFields);
    if (fields.empty() && !anew) return;
    v1::ObjectChange& change = Add(action, after);
    for (const kube::Difference& field : fields)
      *change.add_fields() = ToFieldChange(field, after.kind, chart_.report);
  }

  const Context& context_;
  const Chart& chart_;
  const Decided& decided_;
  const Standing standing_;
  std::map<ObjectKey, const ManifestObject*> stored_;
  std::set<ObjectKey> recreated_, applied_;
  std::vector<v1::ObjectChange> changes_;
};

}  // namespace

absl::StatusOr<ObjectChanges> FindChanges(const Context& context, const Chart& chart,
                                          const Found& found, const Decided& decided,
                                          const helm::Release* standing) {
  const bool destroys = decided.decision == v1::DECISION_DESTROY;
  Standing now;
  if (standing != nullptr) {
    ASSIGN_OR_RETURN(now, LookAt(context, chart, *standing, !destroys));
  }
  Comparison comparison(context, chart, decided, std::move(now));
  if (destroys || Applies(decided.decision)) {
    const Objects& objects = destroys ? found.doomed : found.forecast;
    if (!destroys) comparison.Apply(objects);
    comparison.Drop();
    comparison.RunHooks(objects);
  }
  comparison.ReportDrift();
  return comparison.Take();
}

}  // namespace wheelhouse::lifecycle
