#include "server/lifecycle/objects/left_out.h"

#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/live_objects.h"

namespace wheelhouse::lifecycle {
namespace {

std::string NameOf(const Chart& chart, const ManifestObject& object) {
  const std::string& ns = object.ns.empty() ? chart.info().namespace_() : object.ns;
  return absl::StrCat(object.kind, " ", ns, "/", object.name, " (", object.api_version, ")");
}

// Writes another apiVersion in the place of the one that the document has, and nothing else: what
// is written anew from a parsed document may have other types.
bool WriteApiVersion(const std::string& version, ManifestObject* object) {
  const YAML::Mark mark = YAML::Load(object->text)["apiVersion"].Mark();
  size_t at = 0;
  for (int line = 0; line < mark.line && at != std::string::npos; ++line)
    at = object->text.find('\n', at == 0 && line == 0 ? 0 : at + 1);
  if (at != std::string::npos) at = object->text.find(object->api_version, at);
  if (at == std::string::npos) return false;
  ManifestObject moved = *object;
  moved.text.replace(at, object->api_version.size(), version);
  const auto read = ReadManifests(moved.text, "the manifest");
  if (!read.ok() || read->size() != 1 || (*read)[0].api_version != version ||
      (*read)[0].kind != object->kind || (*read)[0].name != object->name)
    return false;
  moved.api_version = version;
  *object = std::move(moved);
  return true;
}

// Whether the kind is served in another version of its group: then it is written as that.
absl::StatusOr<bool> Move(const Context& context, const Chart& chart, ManifestObject* object) {
  ASSIGN_OR_RETURN(const auto types, chart.kube().ServedTypes(context));
  const std::string group = GroupOf(object->api_version);
  const auto type = std::ranges::find_if(types, [&](const kube::ResourceType& one) {
    return one.group == group && one.kind == object->kind;
  });
  return type != types.end() && WriteApiVersion(type->ApiVersion(), object);
}

void Say(const std::vector<std::string>& names, const char* one, const char* several,
         std::string* text) {
  if (names.empty()) return;
  absl::StrAppend(text, text->empty() ? "" : "; ", NamesOf(names),
                  names.size() == 1 ? one : several);
}

}  // namespace

std::string LeftOut::ToString() const {
  std::string text;
  Say(unserved, " is of a kind that the cluster no longer serves, and is left out",
      " are of kinds that the cluster no longer serves, and are left out", &text);
  Say(moved, " is served in another version by now", " are served in other versions by now", &text);
  Say(anothers, " now belongs to another release, and is left alone",
      " now belong to other releases, and are left alone", &text);
  return text;
}

absl::StatusOr<LeftOut> LeaveOutUnserved(const Context& context, const Chart& chart,
                                         std::vector<ManifestObject>& objects) {
  LeftOut left;
  std::vector<ManifestObject> kept;
  for (ManifestObject& object : objects) {
    absl::Status served = chart.kube().Resolve(context, object.api_version, object.kind).status();
    // A List is not served, and helm takes it apart.
    if (served.ok() || object.kind == "List") {
      kept.push_back(std::move(object));
      continue;
    }
    if (!HasReason(served, Reason::kKindUnknown)) return served;
    const std::string name = NameOf(chart, object);
    ASSIGN_OR_RETURN(const bool moved, Move(context, chart, &object));
    (moved ? left.moved : left.unserved).push_back(name);
    if (moved) kept.push_back(std::move(object));
  }
  objects = std::move(kept);
  return left;
}

absl::StatusOr<LeftOut> LeaveOut(const Context& context, const Chart& chart,
                                 std::vector<ManifestObject>& objects) {
  ASSIGN_OR_RETURN(LeftOut left, LeaveOutUnserved(context, chart, objects));
  ASSIGN_OR_RETURN(const auto all, LookUp(context, chart, objects));
  std::set<const ManifestObject*> anothers;
  for (const LiveObject& one : all) {
    if (!one.present() || OwnerOf(chart, one.live) != Owner::kAnotherRelease) continue;
    left.anothers.push_back(one.ToString(chart));
    anothers.insert(one.object);
  }
  std::vector<ManifestObject> kept;
  for (ManifestObject& object : objects) {
    if (!anothers.contains(&object)) kept.push_back(std::move(object));
  }
  objects = std::move(kept);
  return left;
}

}  // namespace wheelhouse::lifecycle
