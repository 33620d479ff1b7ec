#include "server/lifecycle/objects/crds.h"

#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/custom_resources.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(250);

// nullopt where it is absent.
absl::StatusOr<std::optional<kube::Json>> Find(const Context& context, const Chart& chart,
                                               const std::string& name) {
  auto live = chart.kube().Get(context, CrdId(name));
  if (HasReason(live.status(), Reason::kObjectNotFound)) return std::optional<kube::Json>();
  RETURN_IF_ERROR(live.status());
  return std::optional<kube::Json>(*std::move(live));
}

// Waits until the object that was read as `seen` is gone; its custom resources go first.
absl::Status AwaitGone(const Context& context, const Chart& chart, const kube::Json& seen) {
  const std::string name = kube::Text(seen, "/metadata/name");
  while (true) {
    ASSIGN_OR_RETURN(const auto live, Find(context, chart, name));
    if (!live.has_value() ||
        kube::Text(*live, "/metadata/uid") != kube::Text(seen, "/metadata/uid"))
      return absl::OkStatus();
    const auto left = CustomResources(context, chart.kube(), *live);
    std::string why = "is being deleted";
    if (left.ok() && !left->empty()) absl::StrAppend(&why, ", with ", Listed(*left));
    chart.report.Waiting(CrdId(name).ToString(), why);
    RETURN_IF_ERROR(
        While(absl::StrCat("waiting until ", CrdId(name).ToString(), ", which ", why, ", is gone"),
              context.Sleep(kLookEvery)));
  }
}

// The API server announces a kind a moment after the CRD is Established.
absl::Status AwaitServed(const Context& context, const Chart& chart, const kube::Json& crd) {
  for (const kube::ResourceType& type : ServedTypes(crd)) {
    while (true) {
      absl::Status served = chart.kube().Resolve(context, type.ApiVersion(), type.kind).status();
      if (served.ok()) break;
      if (!HasReason(served, Reason::kKindUnknown)) return served;
      RETURN_IF_ERROR(While(served.message(), context.Sleep(kLookEvery)));
    }
  }
  return absl::OkStatus();
}

// One pass over a set of CRDs, while the lock is held.
class Writing {
 public:
  Writing(const Context& context, const Chart& chart, Trail& trail, const Crds& crds, bool replace)
      : context_(context), chart_(chart), trail_(trail), crds_(crds), replace_(replace) {}

  // Writes nothing where one of them is being deleted: returns that one.
  absl::StatusOr<std::optional<kube::Json>> Write() {
    std::map<std::string, std::optional<kube::Json>> live;
    for (const ManifestObject& crd : crds_) {
      ASSIGN_OR_RETURN(live[crd.name], Find(context_, chart_, crd.name));
      if (live[crd.name].has_value() && kube::BeingDeleted(*live[crd.name])) return live[crd.name];
    }
    for (const ManifestObject& crd : crds_) {
      const auto found = live.extract(crd.name);
      if (!found.empty()) RETURN_IF_ERROR(WriteOne(crd, found.mapped()));
    }
    return std::optional<kube::Json>();
  }
  const CrdsWritten& written() const { return written_; }
  // As they are now.
  const std::vector<kube::Json>& crds() const { return now_; }

 private:
  absl::Status WriteOne(const ManifestObject& crd, const std::optional<kube::Json>& live) {
    if (live.has_value() && !replace_) {
      now_.push_back(*live);
      return absl::OkStatus();
    }
    const char* change = live.has_value() ? "replaced" : kCreated;
    auto answer =
        chart_.kube().Apply(context_, CrdId(crd.name), crd.text, {.force = live.has_value()});
    if (!answer.ok()) return NoteChange(trail_, CrdId(crd.name), change, answer.status());
    kube::Json now = *std::move(answer);
    const bool changed = !live.has_value() || kube::Text(*live, "/metadata/resourceVersion") !=
                                                  kube::Text(now, "/metadata/resourceVersion");
    if (changed) {
      ++(live.has_value() ? written_.replaced : written_.created);
      NoteChange(trail_, CrdId(crd.name), change);
    }
    now_.push_back(std::move(now));
    return absl::OkStatus();
  }

  const Context& context_;
  const Chart& chart_;
  Trail& trail_;
  const Crds& crds_;
  const bool replace_;
  CrdsWritten written_;
  std::vector<kube::Json> now_;
};

}  // namespace

DefinedKind KindDefinedBy(const ManifestObject& crd) {
  DefinedKind defined;
  // Read once before, by ReadManifests: it is a mapping. Not const: yaml-cpp throws when it is
  // asked for the type of what a const node does not have.
  YAML::Node spec = YAML::Load(crd.text)["spec"];
  if (!spec.IsMap() || !spec["names"].IsMap()) return defined;
  defined.group = spec["group"].as<std::string>("");
  defined.kind = spec["names"]["kind"].as<std::string>("");
  if (!spec["versions"].IsSequence()) return defined;
  for (YAML::Node version : spec["versions"]) {
    if (version.IsMap() && version["served"].as<bool>(false))
      defined.versions.push_back(version["name"].as<std::string>(""));
  }
  return defined;
}

kube::ObjectId CrdId(const std::string& name) {
  return {{"apiextensions.k8s.io", "v1", kCrd, "customresourcedefinitions", false}, "", name};
}

absl::StatusOr<ChartCrds> CrdsOf(const Asked& asked, const Found& found) {
  ChartCrds all;
  for (const v1::ValuesFile& file : asked.info.crd_files()) {
    ASSIGN_OR_RETURN(const Crds crds, plan::ReadCrds(file.content(), file.name()));
    all.crds.insert(all.crds.end(), crds.begin(), crds.end());
  }
  for (const helm::CrdFile& file : found.chart.chart.crd_files) {
    auto objects = ReadManifests(file.content, absl::StrCat("the chart's ", file.path));
    if (!objects.ok())
      return MakeFailure(Reason::kChartInvalid, FailureOf(objects.status()).message());
    for (ManifestObject& object : *objects) {
      if (object.name.empty())
        return MakeFailure(Reason::kChartInvalid, absl::StrCat("the chart's ", file.path, " has a ",
                                                               object.kind, " without a name"));
      (object.kind == kCrd ? all.crds : all.others).push_back(std::move(object));
    }
  }
  return all;
}

bool WritesCrds(const v1::ChartInfo& info, const Found& found) {
  return info.crd_policy() != v1::CRD_POLICY_SKIP &&
         (!found.chart.chart.crd_files.empty() || !info.crd_files().empty());
}

absl::Status CheckCrds(const Chart& chart, const Found& found) {
  ASSIGN_OR_RETURN(const ChartCrds all, CrdsOf(chart.asked, found));
  for (const ManifestObject& object : all.others) {
    RETURN_IF_ERROR(chart.CheckNamespace(
        object.ns, absl::StrCat("the ", object.kind, " ", object.name, " in a crds/ folder")));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<kube::ObjectId>> CreateBesideCrds(
    const Context& context, const Chart& chart, Trail& trail,
    const std::vector<ManifestObject>& others) {
  std::vector<kube::ObjectId> created;
  for (const ManifestObject& object : others) {
    ASSIGN_OR_RETURN(const auto id, chart.Identify(context, object.api_version, object.kind,
                                                   object.ns, object.name));
    absl::Status found = chart.kube().Get(context, id).status();
    if (found.ok()) continue;
    if (!HasReason(found, Reason::kObjectNotFound)) return found;
    RETURN_IF_ERROR(
        NoteChange(trail, id, kCreated, chart.kube().Apply(context, id, object.text, {}).status()));
    created.push_back(id);
  }
  RETURN_IF_ERROR(AwaitReady(context, chart, created));
  return created;
}

absl::StatusOr<CrdsWritten> WriteCrds(const Context& context, const Chart& chart, Trail& trail,
                                      const Crds& crds, bool replace) {
  Writing writing(context, chart, trail, crds, replace);
  while (true) {
    ASSIGN_OR_RETURN(auto held, chart.asked.request.cluster->crd_writes().Lock(context));
    ASSIGN_OR_RETURN(const auto going, writing.Write());
    held.reset();
    if (!going.has_value()) break;
    RETURN_IF_ERROR(AwaitGone(context, chart, *going));
  }
  // Also those that another run has created a moment ago.
  std::vector<kube::ObjectId> ids;
  for (const kube::Json& crd : writing.crds())
    ids.push_back(CrdId(kube::Text(crd, "/metadata/name")));
  RETURN_IF_ERROR(AwaitReady(context, chart, ids));
  if (writing.written().created + writing.written().replaced > 0) chart.kube().ForgetDiscovery();
  for (const kube::Json& crd : writing.crds()) RETURN_IF_ERROR(AwaitServed(context, chart, crd));
  return writing.written();
}

absl::StatusOr<int> DeleteCrds(const Context& context, const Chart& chart, Trail& trail,
                               const std::vector<std::string>& names) {
  std::vector<kube::Json> going;
  ASSIGN_OR_RETURN(auto held, chart.asked.request.cluster->crd_writes().Lock(context));
  RETURN_IF_ERROR(RefuseLive(context, chart, names));
  std::map<std::string, kube::Json> all;  // before the first is deleted
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(auto live, Find(context, chart, name));
    if (!live.has_value()) continue;
    RETURN_IF_ERROR(RefuseAnothers(chart, CrdId(name), *live, "delete"));
    all[name] = *std::move(live);
  }
  for (auto& [name, live] : all) {
    const absl::Status deleted =
        NoteChange(trail, CrdId(name), kDeleted, chart.kube().Delete(context, CrdId(name), {}));
    if (HasReason(deleted, Reason::kObjectNotFound)) continue;
    RETURN_IF_ERROR(deleted);
    going.push_back(std::move(live));
  }
  held.reset();
  for (const kube::Json& crd : going) RETURN_IF_ERROR(AwaitGone(context, chart, crd));
  if (!going.empty()) chart.kube().ForgetDiscovery();
  return static_cast<int>(going.size());
}

}  // namespace wheelhouse::lifecycle
