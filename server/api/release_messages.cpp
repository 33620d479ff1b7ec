#include "server/api/release_messages.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::api {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

v1::Verdict VerdictOf(const helm::ReleaseRecord& record) {
  const std::string verdict = record.OurLabel(helm::kVerdictLabel);
  if (verdict == helm::kVerdictGood) return v1::VERDICT_GOOD;
  return verdict == helm::kVerdictBad ? v1::VERDICT_BAD : v1::VERDICT_UNSPECIFIED;
}

}  // namespace

Context BoundedRead() {
  return Context::Background().WithTimeout(
      kPatience,
      MakeFailure(Reason::kClusterUnreachable, "the cluster could not be read within 30 s"));
}

absl::Status CheckReleaseName(const std::string& ns, const std::string& name) {
  plan::FieldViolations wrong;
  plan::CheckLabel(ns, 63, "namespace", &wrong);
  plan::CheckName(name, 53, "name", &wrong);
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

absl::StatusOr<std::vector<helm::ReleaseRecord>> RecordsOf(const Context& context,
                                                           kube::Cluster* cluster,
                                                           const std::string& ns,
                                                           const std::string& name) {
  ASSIGN_OR_RETURN(auto records, helm::ListRecords(context, cluster->client(), ns, name));
  if (records.empty()) {
    return MakeFailure(Reason::kObjectNotFound,
                       absl::StrCat("there is no release ", ns, "/", name));
  }
  return records;
}

v1::Revision RevisionOf(const helm::ReleaseRecord& record) {
  v1::Revision revision;
  revision.set_revision(record.revision);
  revision.set_status(record.status);
  *revision.mutable_update_time() = ToProto(record.updated);
  revision.set_run_id(record.OurLabel(helm::kRunLabel));
  revision.set_verdict(VerdictOf(record));
  return revision;
}

v1::Revision RevisionOf(const helm::Release& release) {
  v1::Revision revision = RevisionOf(release.record);
  revision.set_chart_name(release.chart_name);
  revision.set_chart_version(release.chart_version);
  revision.set_app_version(release.app_version);
  revision.set_description(release.description);
  return revision;
}

}  // namespace wheelhouse::api
