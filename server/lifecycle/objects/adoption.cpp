#include "server/lifecycle/objects/adoption.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/managed_fields.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/core/when.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/saved_objects.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kKept[] = "adoption";
constexpr char kManagedBy[] = "app.kubernetes.io/managed-by";
constexpr char kReleaseName[] = "meta.helm.sh/release-name";
constexpr char kReleaseNamespace[] = "meta.helm.sh/release-namespace";
constexpr char kHelmsManager[] = "helm";  // field manager of its server-side apply
constexpr char kOurManager[] = "wheelhouse";

std::string Entry(const kube::Json& object, const char* map, const char* key) {
  return kube::Text(object,
                    absl::StrCat(map, "/", absl::StrReplaceAll(key, {{"/", "~1"}})).c_str());
}

kube::Json Marks(const Chart& chart) {
  return {{"labels", {{kManagedBy, "Helm"}}},
          {"annotations",
           {{kReleaseName, chart.info().name()}, {kReleaseNamespace, chart.info().namespace_()}}}};
}

// The objects of the adopt steps that are going to run. What a payload entry will be is not known
// yet; a step that depends on one looks when it runs.
absl::StatusOr<std::vector<v1::ObjectRef>> ObjectsToAdopt(const Context& context,
                                                          const Chart& chart, Trail& trail) {
  std::vector<v1::ObjectRef> refs;
  const v1::StagePlan& plan = chart.info().stages().pre_exec();
  for (const auto* list : {&plan.before(), &plan.after()}) {
    for (const v1::Step& step : *list) {
      if (!step.has_adopt()) continue;
      ASSIGN_OR_RETURN(const bool runs, Holds(context, chart, trail, KnownBefore(step.when())));
      if (runs)
        refs.insert(refs.end(), step.adopt().objects().begin(), step.adopt().objects().end());
    }
  }
  return refs;
}

// The managers of `live` without the fields that are taken from them; helm's own apply keeps its.
kube::Json FreedManagers(const kube::Json& live, const kube::Json& taken) {
  kube::Json managers = kube::Json::array();
  for (kube::Json entry : kube::List(live, "/metadata/managedFields")) {
    const bool helms = kube::Text(entry, "/manager") == kHelmsManager &&
                       kube::Text(entry, "/operation") == "Apply";
    if (!helms) {
      entry["fieldsV1"] = kube::WithoutFields(entry.value("fieldsV1", kube::Json::object()), taken);
      if (entry["fieldsV1"].is_null()) continue;
    }
    managers.push_back(std::move(entry));
  }
  if (!managers.empty()) return managers;
  // An empty list would mean to the API server that the writer knows no managers: it would keep the
  // old ones. The marks are ours.
  const kube::Json marks = {
      {"f:metadata",
       {{"f:labels", {{absl::StrCat("f:", kManagedBy), kube::Json::object()}}},
        {"f:annotations",
         {{absl::StrCat("f:", kReleaseName), kube::Json::object()},
          {absl::StrCat("f:", kReleaseNamespace), kube::Json::object()}}}}}};
  managers.push_back({{"manager", kOurManager},
                      {"operation", "Update"},
                      {"apiVersion", kube::Text(live, "/apiVersion")},
                      {"fieldsType", "FieldsV1"},
                      {"fieldsV1", marks}});
  return managers;
}

// One try; does nothing for an object of this release whose fields helm may write.
absl::Status TakeOverOnce(const Context& context, const Chart& chart, Trail& trail,
                          const Candidate& candidate) {
  const kube::ObjectId& id = candidate.id;
  const std::string& document = candidate.rendered->text;
  ASSIGN_OR_RETURN(const kube::Json live, chart.kube().Get(context, id));
  RETURN_IF_ERROR(RefuseAnothers(chart, id, live, "adopt"));
  if (OwnerOf(chart, live) == Owner::kThisRelease) {
    const auto as_helm = chart.kube().Apply(context, id, document, {kHelmsManager, false, true});
    if (!HasReason(as_helm.status(), Reason::kFieldConflict)) return as_helm.status();
  }
  // What the chart sets, in the API server's own words.
  ASSIGN_OR_RETURN(const kube::Json dry,
                   chart.kube().Apply(context, id, document, {kOurManager, true, true}));
  kube::Json metadata = Marks(chart);
  metadata["resourceVersion"] = kube::Text(live, "/metadata/resourceVersion");
  metadata["managedFields"] = FreedManagers(live, kube::AppliedFields(dry, kOurManager));
  return NoteChange(trail, id, "adopted",
                    chart.kube().MergePatch(context, id, {{"metadata", metadata}}).status());
}

std::optional<Adopted> AdoptedIn(const std::optional<kube::Json>& kept) {
  if (!kept.has_value()) return std::nullopt;
  Adopted adopted;
  adopted.absent = kube::List(*kept, "/absent");
  for (const kube::Json& object : kube::List(*kept, "/saved")) adopted.saved.push_back(object);
  return adopted;
}

// What was absent then may have been made since.
void AddOlder(Adopted older, Adopted* adopted) {
  if (!adopted->absent.is_array()) adopted->absent = kube::Json::array();
  std::set<ObjectKey> known;
  for (const kube::Json& absent : adopted->absent) known.insert(KeyOf(absent));
  for (kube::Json& absent : older.absent) {
    if (known.insert(KeyOf(absent)).second) adopted->absent.push_back(std::move(absent));
  }
  adopted->saved = std::move(older.saved);
}

}  // namespace

MarkedRelease ReleaseMarkedOn(const kube::Json& object) {
  return {Entry(object, "/metadata/annotations", kReleaseNamespace),
          Entry(object, "/metadata/annotations", kReleaseName)};
}

Owner OwnerOf(const Chart& chart, const kube::Json& object) {
  const auto [ns, name] = ReleaseMarkedOn(object);
  if ((!name.empty() && name != chart.info().name()) ||
      (!ns.empty() && ns != chart.info().namespace_()))
    return Owner::kAnotherRelease;
  // helm refuses an object that lacks one of the three.
  const bool complete =
      !name.empty() && !ns.empty() && Entry(object, "/metadata/labels", kManagedBy) == "Helm";
  return complete ? Owner::kThisRelease : Owner::kNobody;
}

absl::Status RefuseAnothers(const Chart& chart, const kube::ObjectId& id, const kube::Json& object,
                            const std::string& verb) {
  if (OwnerOf(chart, object) != Owner::kAnotherRelease) return absl::OkStatus();
  const std::string owner = ReleaseMarkedOn(object).ToString();
  return MakeFailure(Reason::kOwnershipConflict,
                     absl::StrCat(id.ToString(), " belongs to the release ", owner, ": ",
                                  chart.Name(), " cannot ", verb, " it"),
                     {{"object", id.ToString()}, {"owner", owner}, {"release", chart.Name()}});
}

void RemoveMarks(kube::Json* object) {
  kube::Json& metadata = (*object)["metadata"];
  metadata["labels"].erase(kManagedBy);
  for (const char* key : {kReleaseName, kReleaseNamespace}) metadata["annotations"].erase(key);
}

absl::StatusOr<std::vector<Candidate>> FindCandidates(const Context& context, const Chart& chart,
                                                      const Found& found,
                                                      const std::vector<v1::ObjectRef>& refs,
                                                      std::vector<std::string>* not_rendered) {
  std::vector<Candidate> candidates;
  for (const v1::ObjectRef& ref : refs) {
    auto id = chart.Identify(context, ref.api_version(), ref.kind(), ref.namespace_(), ref.name());
    // A kind that a CRD of the chart is about to define has no objects.
    if (HasReason(id.status(), Reason::kKindUnknown)) continue;
    RETURN_IF_ERROR(id.status());
    const ManifestObject* rendered = FindObject(chart, found.forecast, *id);
    if (rendered == nullptr) {
      not_rendered->push_back(absl::StrCat(ref.kind(), " ", ref.name()));
      continue;
    }
    auto live = chart.kube().Get(context, *id);
    if (HasReason(live.status(), Reason::kObjectNotFound)) continue;
    RETURN_IF_ERROR(live.status());
    RETURN_IF_ERROR(RefuseAnothers(chart, *id, *live, "adopt"));
    const Owner owner = OwnerOf(chart, *live);
    candidates.push_back({*std::move(id), rendered, *std::move(live), owner});
  }
  return candidates;
}

absl::Status LookBeforeAdopting(const Context& context, const Chart& chart, Found& found,
                                Trail& trail) {
  found.absent = kube::Json::array();
  ASSIGN_OR_RETURN(const auto refs, ObjectsToAdopt(context, chart, trail));
  if (refs.empty() && !trail.taken_over().adopted()) return absl::OkStatus();
  std::vector<std::string> not_rendered;
  RETURN_IF_ERROR(FindCandidates(context, chart, found, refs, &not_rendered).status());
  for (const ManifestObject& object : found.forecast) {
    const auto id =
        chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    absl::Status live = id.ok() ? chart.kube().Get(context, *id).status() : id.status();
    if (live.ok()) continue;
    if (!HasReason(live, Reason::kObjectNotFound) && !HasReason(live, Reason::kKindUnknown))
      return live;
    found.absent.push_back({{"apiVersion", object.api_version},
                            {"kind", object.kind},
                            {"metadata", {{"namespace", object.ns}, {"name", object.name}}}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Adopted>> ReadAdopted(const Chart& chart) {
  ASSIGN_OR_RETURN(const auto kept, KeptJson(chart, kKept));
  return AdoptedIn(kept);
}

absl::StatusOr<std::optional<Adopted>> AdoptedBy(const Chart& chart, const Trail& trail) {
  ASSIGN_OR_RETURN(const auto kept, KeptByOlder(chart, trail, kKept));
  return AdoptedIn(kept);
}

absl::Status KeepAdopted(const Chart& chart, const Found& found, std::vector<kube::Json> objects,
                         const Trail& trail) {
  ASSIGN_OR_RETURN(auto kept, ReadAdopted(chart));
  // After a restart check sees what this run has made; what it saw first counts.
  if (!kept.has_value()) {
    kept = Adopted{found.absent, {}};
    ASSIGN_OR_RETURN(auto older, AdoptedBy(chart, trail));
    if (older.has_value()) AddOlder(*std::move(older), &*kept);
  }
  std::set<ObjectKey> known, made_by_older;
  for (const kube::Json& object : kept->saved) known.insert(KeyOf(object));
  ASSIGN_OR_RETURN(const auto older, AdoptedBy(chart, trail));
  if (older.has_value()) {
    for (const kube::Json& absent : older->absent) made_by_older.insert(KeyOf(absent));
  }
  for (kube::Json& object : objects) {
    const bool made = made_by_older.contains(KeyOf(object));
    if (made && OwnerOf(chart, object) == Owner::kThisRelease) continue;
    if (known.insert(KeyOf(object)).second) kept->saved.push_back(std::move(object));
  }
  return KeepJson(chart, kKept, {{"absent", kept->absent}, {"saved", kept->saved}});
}

absl::Status TakeOver(const Context& context, const Chart& chart, Trail& trail,
                      const Candidate& candidate) {
  while (true) {
    absl::Status status = TakeOverOnce(context, chart, trail, candidate);
    // Its controller writes status meanwhile.
    if (!HasReason(status, Reason::kObjectConflict)) return status;
    RETURN_IF_ERROR(context.Sleep(absl::Milliseconds(50)));
  }
}

}  // namespace wheelhouse::lifecycle
