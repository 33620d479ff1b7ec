#include "server/inspection/drift_log.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <spdlog/spdlog.h>

#include <string>
#include <vector>

#include "common/failure.h"

namespace wheelhouse::inspection {
namespace {

constexpr int kNamed = 3;  // objects, and fields of each

std::string ObjectText(const v1::DriftedObject& object) {
  if (object.kind() == v1::DRIFT_KIND_MISSING) return object.object() + " is missing";
  if (object.kind() != v1::DRIFT_KIND_CHANGED)
    return absl::StrCat(object.object(), " ", object.detail());
  std::vector<std::string> fields;
  for (const v1::FieldChange& field : object.fields()) {
    if (fields.size() == kNamed) break;
    fields.push_back(absl::StrCat(field.path(), field.manager().empty() ? "" : " (",
                                  field.manager(), field.manager().empty() ? "" : ")"));
  }
  return absl::StrCat(object.object(), " ", absl::StrJoin(fields, ", "),
                      object.fields_size() > kNamed ? " and more" : "");
}

}  // namespace

std::string DriftLine(const std::string& cluster, const v1::ReleaseDrift& drift) {
  std::vector<std::string> objects;
  int more = drift.objects_left_out();
  for (const v1::DriftedObject& object : drift.objects()) {
    if (object.kind() == v1::DRIFT_KIND_UNKNOWN) continue;
    if (objects.size() < kNamed) {
      objects.push_back(ObjectText(object));
    } else {
      ++more;
    }
  }
  return absl::StrCat(
      "drift on ", cluster, ": ", drift.namespace_(), "/", drift.name(), ", revision ",
      drift.revision(),
      drift.state() == v1::DRIFT_STATE_DRIFTED ? ", has drifted: " : ", is as it was deployed",
      absl::StrJoin(objects, "; "), more > 0 ? absl::StrCat("; and ", more, " more objects") : "");
}

void DriftLog::OnRelease(const std::string& cluster, const v1::ReleaseDrift& drift,
                         const v1::DriftCheck* before) {
  const bool drifted = drift.state() == v1::DRIFT_STATE_DRIFTED;
  const bool was = before != nullptr && before->state() == v1::DRIFT_STATE_DRIFTED;
  const bool otherwise = was && before->objects() != SummaryOf(drift).objects();
  if (drifted && (!was || otherwise)) {
    spdlog::warn("{}", DriftLine(cluster, drift));
  } else if (was && drift.state() == v1::DRIFT_STATE_IN_SYNC) {
    spdlog::info("{}", DriftLine(cluster, drift));
  }
}

void DriftLog::OnCluster(const std::string& cluster, int releases, int drifted,
                         const absl::Status& failed) {
  if (failed.ok()) {
    spdlog::info("drift on {}: {} of {} releases have drifted", cluster, drifted, releases);
  } else {
    spdlog::warn("drift on {}: not all releases could be looked at: {}", cluster,
                 FailureOf(failed).message());
  }
}

}  // namespace wheelhouse::inspection
