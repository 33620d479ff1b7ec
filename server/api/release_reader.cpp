#include "server/api/release_reader.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::api {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

}  // namespace

Context BoundedRead() {
  return Context::Background().WithTimeout(
      kPatience,
      MakeFailure(Reason::kClusterUnreachable, "the cluster could not be read within 30 s"));
}

void CheckReleaseName(const std::string& ns, const std::string& name, const std::string& at,
                      plan::FieldViolations* wrong) {
  plan::CheckLabel(ns, 63, at + "namespace", wrong);
  plan::CheckName(name, 53, at + "name", wrong);
}

absl::Status CheckReleaseName(const std::string& ns, const std::string& name) {
  plan::FieldViolations wrong;
  CheckReleaseName(ns, name, "", &wrong);
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

absl::StatusOr<ReleaseReader> ReleaseReader::Open(const Context& context, kube::Cluster& cluster,
                                                  const std::string& ns, const std::string& name) {
  ASSIGN_OR_RETURN(auto records, helm::ListRecords(context, cluster.client(), ns, name));
  if (records.empty()) {
    return MakeFailure(Reason::kObjectNotFound,
                       absl::StrCat("there is no release ", ns, "/", name));
  }
  return ReleaseReader(context, cluster, std::move(records));
}

absl::StatusOr<helm::Release> ReleaseReader::Read(const helm::ReleaseRecord& record) const {
  return helm::ReadRelease(context_, client(), record);
}

absl::StatusOr<helm::Release> ReleaseReader::ReadRevision(int revision) const {
  const helm::ReleaseRecord& newest = records_.front();
  const helm::ReleaseRecord* record =
      revision == 0 ? &newest : helm::FindRecord(records_, revision);
  if (record == nullptr) {
    return MakeFailure(Reason::kObjectNotFound,
                       absl::StrCat("there is no revision ", revision, " of ", newest.ns, "/",
                                    newest.name, "; the newest is ", newest.revision));
  }
  return Read(*record);
}

absl::StatusOr<helm::Release> ReleaseReader::ReadInstalled() const {
  const helm::ReleaseRecord* installed = helm::InstalledRecord(records_);
  return Read(installed == nullptr ? records_.front() : *installed);
}

}  // namespace wheelhouse::api
