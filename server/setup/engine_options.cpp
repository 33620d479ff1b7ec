#include "server/setup/engine_options.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/context.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/lifecycle/core/membership.h"
#include "server/lifecycle/release/left_behind.h"
#include "server/plan/prepare.h"

namespace wheelhouse::setup {

namespace {

// The name and version of an uploaded chart, by which profiles are chosen.
absl::StatusOr<plan::ChartIdentity> Identify(helm::ChartArchives& archives,
                                             const std::string& digest, const Principal& owner) {
  std::shared_ptr<void> pin;
  ASSIGN_OR_RETURN(const helm::Chart chart, archives.ReadUploaded(digest, owner, "", &pin));
  return plan::ChartIdentity{chart.name, chart.version};
}

plan::Allowed AllowedTo(const Principal& caller, const config::v1::Maxima& maxima,
                        const outgoing::ChartSources& sources) {
  return {MaximaFor(maxima, caller),
          [&sources](const v1::ChartSource& source) { return sources.Check(source); }};
}

runs::LookBack LookBackWith(const config::v1::Config& config) {
  return [&config](kube::Cluster& cluster, const Principal& by, plan::PreparedPlan* prepared) {
    const Context context = Context::Background().WithTimeout(
        absl::Seconds(20),
        MakeFailure(Reason::kClusterUnreachable, "the cluster could not be read within 20 s"));
    const auto& protected_namespaces = config.protected_namespaces();
    return lifecycle::LookBack(context, cluster.client(), lifecycle::OwnerOf(by.name),
                               {protected_namespaces.begin(), protected_namespaces.end()},
                               MaximaFor(config.maxima(), by), prepared);
  };
}

}  // namespace

plan::Maxima MaximaFor(const config::v1::Maxima& config, const Principal& caller) {
  plan::Maxima maxima;
  maxima.timeout = ToDuration(config.timeout());
  if (config.has_deadline()) maxima.deadline = ToDuration(config.deadline());
  maxima.priority = config.priority();
  maxima.stage_steps = config.stage_steps();
  maxima.charts = config.charts();
  maxima.exclusive = std::ranges::any_of(config.exclusive_callers(), [&](const std::string& name) {
    return name == "*" || name == caller.name;
  });
  return maxima;
}

runs::PreparePlan PrepareWith(const config::v1::Maxima& maxima,
                              const outgoing::ChartSources& sources, const plan::Profiles& profiles,
                              helm::ChartArchives& archives) {
  return [&](v1::Plan plan, const Principal& owner) {
    return plan::Prepare(
        std::move(plan), profiles, AllowedTo(owner, maxima, sources),
        [&](const std::string& digest) { return Identify(archives, digest, owner); });
  };
}

runs::EngineOptions EngineOptionsOf(const config::v1::Config& config, runs::ClaimsByCluster claims,
                                    runs::PreparePlan prepare,
                                    const outgoing::ChartSources& sources,
                                    runs::RunObserver& observer, Watchdog& watchdog) {
  runs::EngineOptions options;
  options.max_parallel_charts = config.limits().parallel_charts();
  options.queue = {config.limits().queued_runs(), config.limits().queued_runs_per_caller(),
                   config.maxima().parallel_runs()};
  options.log_bytes = config.limits().log_bytes();
  options.kept_bytes = config.limits().kept_bytes_per_caller();
  options.retention = {ToDuration(config.retention().max_age()), config.retention().max_runs(),
                       config.retention().max_bytes()};
  const config::v1::SavedPlans& plans = config.saved_plans();
  options.saved_plans = {ToDuration(plans.keep_for()),
                         plans.per_caller(),
                         plans.approval_required(),
                         {plans.approvers().begin(), plans.approvers().end()}};
  options.observer = &observer;
  options.watchdog = &watchdog;
  options.claims = std::move(claims);
  options.prepare = std::move(prepare);
  options.look_back = LookBackWith(config);
  options.allow = [&maxima = config.maxima(), &sources](const v1::Plan& plan, const Principal& by) {
    return plan::CheckPrepared(plan, AllowedTo(by, maxima, sources));
  };
  return options;
}

}  // namespace wheelhouse::setup
