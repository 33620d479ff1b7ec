// helm, on a FakeKube: an operation writes the release record that helm would leave there, and ends
// as the test says.
//
// It models: the gate, which comes before the record; records and their labels (a rollback copies
// those of its target), revisions that count on, the pending record that locks a release, helm that
// is killed because its claims are lost.
//
// It leaves out: charts and values (what is rendered is `manifest`), hooks, and the objects of a
// release, which no operation touches.
#pragma once

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/helm_client.h"
#include "server/helm/releases.h"
#include "server/kube/json.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::helm {

// For the tests' own thread, but for what HelmClient promises.
class FakeHelm final : public HelmClient {
 public:
  // Writes records into `kube`, which must outlive it.
  explicit FakeHelm(kube::FakeKube& kube) : kube_(kube) {}

  // How the next upgrades end; OK when there is none left.
  std::deque<absl::Status> upgrades;
  // The status that an upgrade which fails leaves; empty: no record is made.
  std::string leaves = "failed";
  std::function<void(const Context&)> during_upgrade;  // when the gate has let it through
  std::function<void(int revision)> after_upgrade;     // when the record stands
  std::function<void()> during_uninstall, during_rollback;
  absl::Status rollback, uninstall;
  // The status that an uninstall which fails leaves; empty: that of before.
  std::string uninstall_leaves;
  // The status that a rollback which fails leaves; empty: no record is made.
  std::string rollback_leaves;
  // What is rendered beforehand; and what an upgrade renders and hands to its gate, when that is
  // something else.
  std::string manifest;
  std::optional<std::string> rendered;
  std::string applied;  // what the newest upgrade got back from its gate
  HelmVersion version{4, 3, 1, "v4.3.1"};
  std::vector<std::string> calls;

  absl::StatusOr<HelmVersion> Version(const Context&) override { return version; }
  absl::StatusOr<int> Upgrade(const Context& context, const UpgradeRequest& request,
                              const OnHelmLine&) override {
    RETURN_IF_ERROR(
        request.target.cluster->AccessForHelm(context, kube::HelmUse::kWrites).status());
    calls.push_back(request.over_uninstalled ? "install over what is uninstalled" : "upgrade");
    ASSIGN_OR_RETURN(applied, request.gate(context, rendered.value_or(manifest)));
    if (during_upgrade) during_upgrade(context);
    const absl::Status ended = context.Check();
    absl::Status status;
    if (!upgrades.empty() && !HasReason(ended, Reason::kLeaseLost)) {
      status = upgrades.front();
      upgrades.pop_front();
    }
    if (!ended.ok()) status = ended;
    const int revision = std::stoi(request.labels.at(kRevisionLabel));
    if (Pending(request, revision))
      return MakeFailure(Reason::kReleaseLocked, "another operation is in progress");
    // Whoever has lost the claims has helm killed, not ended in order.
    const bool killed = HasReason(status, Reason::kLeaseLost);
    // Killed, it does not overwrite what another daemon has made meanwhile.
    if (killed && StatusOf(request, revision) != "") return status;
    const std::string left = status.ok() ? "deployed" : killed ? "pending-upgrade" : leaves;
    auto labels = request.labels;
    labels.erase(kVerdictLabel);
    if (!left.empty())
      kube_.PutRecord(request.target.ns, request.target.name, revision, left, labels, applied);
    if (after_upgrade && !killed) after_upgrade(revision);
    if (!status.ok()) return status;
    return revision;
  }
  absl::StatusOr<std::string> Rehearse(const Context&, const UpgradeRequest&) override {
    calls.push_back("rehearse");
    return rendered.value_or(manifest);
  }
  absl::Status Uninstall(const Context& context, const UninstallRequest& request,
                         const OnHelmLine&) override {
    RETURN_IF_ERROR(
        request.target.cluster->AccessForHelm(context, kube::HelmUse::kWrites).status());
    calls.push_back(request.keep_history ? "uninstall, keeping the history" : "uninstall");
    RETURN_IF_ERROR(context.Check());
    if (during_uninstall) during_uninstall();
    const std::string left = uninstall.ok() ? kUninstalled : uninstall_leaves;
    if (request.keep_history && !left.empty()) {
      ASSIGN_OR_RETURN(const auto records,
                       ListRecords(context, kube_, request.target.ns, request.target.name));
      if (!records.empty())
        RETURN_IF_ERROR(SetRecordLabels(context, kube_, records[0], {{"status", left}}));
    }
    return uninstall;
  }
  absl::StatusOr<int> Rollback(const Context& context, const RollbackRequest& request,
                               const OnHelmLine&) override {
    RETURN_IF_ERROR(
        request.target.cluster->AccessForHelm(context, kube::HelmUse::kWrites).status());
    calls.push_back(absl::StrCat("roll back to ", request.revision));
    RETURN_IF_ERROR(context.Check());
    const auto& ns = request.target.ns;
    const auto& name = request.target.name;
    ASSIGN_OR_RETURN(const auto records, ListRecords(context, kube_, ns, name));
    const int revision = records.empty() ? 1 : records[0].revision + 1;
    std::map<std::string, std::string> labels;
    for (const ReleaseRecord& record : records) {
      if (record.revision == request.revision) labels = record.labels;
    }
    for (const char* own : {"owner", "name", "version", "status"}) labels.erase(own);
    if (during_rollback) during_rollback();
    const std::string left = rollback.ok() ? "deployed" : rollback_leaves;
    if (!left.empty()) kube_.PutRecord(ns, name, revision, left, labels);
    RETURN_IF_ERROR(rollback);
    return revision;
  }
  absl::Status Test(const Context& context, const TestRequest& request,
                    const OnHelmLine&) override {
    RETURN_IF_ERROR(
        request.target.cluster->AccessForHelm(context, kube::HelmUse::kWrites).status());
    calls.push_back("test");
    return context.Check();
  }
  absl::StatusOr<std::string> Render(const Context&, const RenderRequest& request) override {
    calls.push_back(request.is_upgrade ? "render an upgrade" : "render an install");
    return manifest;
  }

 private:
  // Of the record of that revision; empty: there is none.
  std::string StatusOf(const UpgradeRequest& request, int revision) {
    const kube::Json record = kube_.Find(
        kube::IdOf("Secret", request.target.ns,
                   absl::StrCat("sh.helm.release.v1.", request.target.name, ".v", revision)));
    return kube::Text(record, "/metadata/labels/status");
  }
  bool Pending(const UpgradeRequest& request, int revision) {
    return absl::StartsWith(StatusOf(request, revision), "pending-");
  }

  kube::FakeKube& kube_;
};

}  // namespace wheelhouse::helm
