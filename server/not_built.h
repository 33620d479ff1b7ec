// Stands where the rooms helm/ and lifecycle/ are not in this build: what needs them is refused.
#pragma once

#include "common/failure.h"
#include "server/helm/charts.h"
#include "server/helm/helm_client.h"
#include "server/lifecycle/lifecycle.h"

namespace wheelhouse {

inline absl::Status NotInThisBuild(const std::string& what) {
  return MakeFailure(Reason::kNotBuiltYet, "this daemon was built without " + what);
}

inline absl::StatusOr<helm::Chart> ReadNoChart(const std::string&) {
  return NotInThisBuild("charts");
}

class NotBuiltHelm final : public helm::HelmClient {
 public:
  absl::StatusOr<helm::HelmVersion> Version(const Context&) override { return No(); }
  absl::StatusOr<int> Upgrade(const Context&, const helm::UpgradeRequest&,
                              const helm::OnHelmLine&) override {
    return No();
  }
  absl::Status Uninstall(const Context&, const helm::UninstallRequest&,
                         const helm::OnHelmLine&) override {
    return No();
  }
  absl::StatusOr<int> Rollback(const Context&, const helm::RollbackRequest&,
                               const helm::OnHelmLine&) override {
    return No();
  }
  absl::StatusOr<std::string> Render(const Context&, const helm::RenderRequest&) override {
    return No();
  }
  absl::StatusOr<std::string> Pull(const Context&, const v1::ChartSource&,
                                   const std::string&) override {
    return No();
  }

 private:
  static absl::Status No() { return NotInThisBuild("helm"); }
};

class NotBuiltLifecycle final : public lifecycle::Lifecycle {
 public:
  absl::Status CheckPlan(const v1::Plan&) const override { return NotInThisBuild("a lifecycle"); }
  v1::Plan WithDefaults(v1::Plan plan) const override { return plan; }
  v1::Plan WithoutContents(v1::Plan) const override { return {}; }
  std::set<std::string> NamespacesOf(const v1::ChartInfo&) const override { return {}; }
  std::set<std::string> ArchivesOf(const v1::Plan&) const override { return {}; }
  lifecycle::ChartOutcome RunChart(const lifecycle::ChartRequest&, const lifecycle::Bounds&,
                                   const lifecycle::BeforeFirstChange&,
                                   lifecycle::Journal&) override {
    lifecycle::ChartOutcome outcome;
    outcome.state = v1::STATE_FAILED;
    outcome.failure = FailureOf(NotInThisBuild("a lifecycle"));
    return outcome;
  }
};

}  // namespace wheelhouse
