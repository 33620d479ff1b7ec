#include "server/api/release_messages.h"

#include "common/time.h"

namespace wheelhouse::api {
namespace {

v1::Verdict VerdictOf(const helm::ReleaseRecord& record) {
  const std::string verdict = record.OurLabel(helm::kVerdictLabel);
  if (verdict == helm::kVerdictGood) return v1::VERDICT_GOOD;
  return verdict == helm::kVerdictBad ? v1::VERDICT_BAD : v1::VERDICT_UNSPECIFIED;
}

}  // namespace

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
