// helm, in memory.
#pragma once

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/helm_client.h"
#include "server/helm/releases.h"
#include "server/kube/json.h"
#include "tests/unit/server/lifecycle/fake_kube.h"

namespace wheelhouse::lifecycle {

// helm, whose upgrades write records into the fake cluster and end as the test says.
class FakeHelm : public helm::HelmClient {
 public:
  explicit FakeHelm(FakeKube& kube) : kube_(kube) {}

  // How the next upgrades end; OK when there is none left.
  std::deque<absl::Status> upgrades;
  // The status that an upgrade which fails leaves; empty: no record is made.
  std::string leaves = "failed";
  std::function<void(const Context&)> during_upgrade;
  std::function<void(int revision)> after_upgrade;  // when the record stands
  std::function<void()> during_uninstall, during_rollback;
  absl::Status rollback, uninstall;
  // The status that an uninstall which fails leaves; empty: that of before.
  std::string uninstall_leaves;
  // The status that a rollback which fails leaves; empty: no record is made.
  std::string rollback_leaves;
  std::string manifest;
  std::vector<std::string> calls;

  absl::StatusOr<helm::HelmVersion> Version(const Context&) override {
    return helm::HelmVersion{4, 3, 1, "v4.3.1"};
  }
  absl::StatusOr<int> Upgrade(const Context& context, const helm::UpgradeRequest& request,
                              const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back(request.over_uninstalled ? "install over what is uninstalled" : "upgrade");
    if (during_upgrade) during_upgrade(context);
    const absl::Status ended = context.Check();
    absl::Status status;
    if (!upgrades.empty() && !HasReason(ended, Reason::kLeaseLost)) {
      status = upgrades.front();
      upgrades.pop_front();
    }
    if (!ended.ok()) status = ended;
    const int revision = std::stoi(request.labels.at(helm::kRevisionLabel));
    if (Pending(request, revision))
      return MakeFailure(Reason::kReleaseLocked, "another operation is in progress");
    // Whoever has lost the claims has helm killed, not ended in order.
    const bool killed = HasReason(status, Reason::kLeaseLost);
    const std::string left = status.ok() ? "deployed" : killed ? "pending-upgrade" : leaves;
    auto labels = request.labels;
    labels.erase(helm::kVerdictLabel);
    if (!left.empty())
      kube_.PutRecord(request.target.ns, request.target.name, revision, left, labels, manifest);
    if (after_upgrade && !killed) after_upgrade(revision);
    if (!status.ok()) return status;
    return revision;
  }
  absl::Status Uninstall(const Context& context, const helm::UninstallRequest& request,
                         const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back(request.keep_history ? "uninstall, keeping the history" : "uninstall");
    RETURN_IF_ERROR(context.Check());
    if (during_uninstall) during_uninstall();
    const std::string left = uninstall.ok() ? helm::kUninstalled : uninstall_leaves;
    if (request.keep_history && !left.empty()) {
      ASSIGN_OR_RETURN(const auto records,
                       helm::ListRecords(context, kube_, request.target.ns, request.target.name));
      if (!records.empty())
        RETURN_IF_ERROR(helm::SetRecordLabels(context, kube_, records[0], {{"status", left}}));
    }
    return uninstall;
  }
  absl::StatusOr<int> Rollback(const Context& context, const helm::RollbackRequest& request,
                               const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back(absl::StrCat("roll back to ", request.revision));
    RETURN_IF_ERROR(context.Check());
    const auto& ns = request.target.ns;
    const auto& name = request.target.name;
    ASSIGN_OR_RETURN(const auto records, helm::ListRecords(context, kube_, ns, name));
    const int revision = records.empty() ? 1 : records[0].revision + 1;
    std::map<std::string, std::string> labels;
    for (const helm::ReleaseRecord& record : records) {
      if (record.revision == request.revision) labels = record.labels;
    }
    for (const char* own : {"owner", "name", "version", "status"}) labels.erase(own);
    if (during_rollback) during_rollback();
    const std::string left = rollback.ok() ? "deployed" : rollback_leaves;
    if (!left.empty()) kube_.PutRecord(ns, name, revision, left, labels);
    RETURN_IF_ERROR(rollback);
    return revision;
  }
  absl::Status Test(const Context& context, const helm::TestRequest& request,
                    const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back("test");
    return context.Check();
  }
  absl::StatusOr<std::string> Render(const Context&, const helm::RenderRequest& request) override {
    calls.push_back(request.is_upgrade ? "render an upgrade" : "render an install");
    return manifest;
  }
  absl::StatusOr<std::string> Pull(const Context&, const v1::ChartSource&,
                                   const std::string&) override {
    return absl::UnimplementedError("pull");
  }

 private:
  bool Pending(const helm::UpgradeRequest& request, int revision) {
    const kube::Json record =
        kube_.Find(IdOf("Secret", request.target.ns,
                        absl::StrCat("sh.helm.release.v1.", request.target.name, ".v", revision)));
    return absl::StartsWith(kube::Text(record, "/metadata/labels/status"), "pending-");
  }

  FakeKube& kube_;
};

}  // namespace wheelhouse::lifecycle
