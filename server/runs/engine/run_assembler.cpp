#include "server/runs/engine/run_assembler.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/run_picture.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/plan/contents.h"

namespace wheelhouse::runs {
namespace {

// What the run asks of the queue. A preview changes nothing, so it asks for no key: it waits for no
// other run, and no other run waits for it.
QueueEntry WantsOf(const v1::Plan& plan, const v1::Run& picture, absl::Duration until) {
  const bool preview = picture.preview();
  QueueEntry wants;
  wants.run_id = picture.id();
  wants.arrival = picture.in_place_of().empty() ? picture.id() : picture.in_place_of();
  wants.caller = picture.caller();
  wants.cluster = picture.cluster();
  wants.priority = plan.priority();
  wants.exclusive = plan.exclusive() && !preview;
  wants.supersede = preview ? v1::SUPERSEDE_UNSPECIFIED : plan.supersede();
  wants.takes_over.insert(picture.takes_over().begin(), picture.takes_over().end());
  wants.plan_name = plan.name();
  for (const v1::ChartInfo& chart : plan.charts()) {
    if (!preview) wants.keys.merge(plan::NamespacesOf(chart));
    // One that is only checked is not acted on.
    if (chart.action() != v1::ACTION_SKIP && !chart.dry_run())
      wants.releases.insert(ChartKey(chart));
  }
  wants.until = until;
  return wants;
}

std::unique_ptr<kube::SharedReads> SharedReadsOf(const v1::Plan& plan, kube::Cluster& cluster) {
  std::map<std::string, int> charts;
  for (const v1::ChartInfo& chart : plan.charts()) {
    if (chart.action() != v1::ACTION_SKIP) ++charts[chart.namespace_()];
  }
  if (plan.charts_size() < 2) return nullptr;
  return std::make_unique<kube::SharedReads>(cluster.client(), std::move(charts));
}

// A preview changes nothing that another of its charts could wait for: all begin at once.
ChartGraph GraphOf(const v1::Plan& plan, bool preview) {
  if (!preview) return ChartGraph(plan);
  v1::Plan unordered;
  for (const v1::ChartInfo& chart : plan.charts()) {
    v1::ChartInfo* alone = unordered.add_charts();
    alone->set_namespace_(chart.namespace_());
    alone->set_name(chart.name());
    alone->set_action(chart.action());
  }
  return ChartGraph(unordered);
}

// Whose plan the run is of. Whoever applies a plan that somebody else has saved, or retries
// somebody else's run, does not take its releases over.
std::string PlanOwnerOf(const v1::Run& picture) {
  for (const std::string& other : {picture.applies().caller(), picture.retry_of().caller()}) {
    if (!other.empty()) return other;
  }
  return picture.caller();
}

}  // namespace

// A caller who retries another caller's run, or applies another caller's saved plan, may not have
// its archives: it is that caller's run that is repeated, with that caller's charts.
absl::StatusOr<PinnedArchives> RunAssembler::Pin(const v1::Plan& plan,
                                                 const v1::Run& picture) const {
  // The picture has names alone, and archives are owned by name.
  const auto pin = [&](const std::string& name) -> absl::StatusOr<PinnedArchives> {
    const Principal owner{name, KnownBy::kUnknown};
    PinnedArchives pinned{{}, owner};
    for (const std::string& digest : plan::ArchivesOf(plan)) {
      RETURN_IF_ERROR(archives_.Pin(digest, owner, &pinned.pins.emplace_back()).status());
    }
    return pinned;
  };
  absl::StatusOr<PinnedArchives> own = pin(picture.caller());
  for (const std::string& other : {picture.retry_of().caller(), picture.applies().caller()}) {
    if (own.ok() || other.empty()) continue;
    if (auto theirs = pin(other); theirs.ok()) return theirs;
  }
  return own;
}

AssembledRun RunAssembler::Assemble(const v1::Plan& plan, const v1::Run& picture,
                                    kube::Cluster* cluster, PinnedArchives archives) const {
  std::vector<std::string> charts;
  std::vector<std::set<std::string>> keys_of;
  std::set<std::string> namespaces;
  for (const v1::ChartInfo& chart : plan.charts()) {
    charts.push_back(ChartKey(chart));
    std::set<std::string> touched = plan::NamespacesOf(chart);
    namespaces.insert(touched.begin(), touched.end());
    keys_of.push_back(picture.preview() ? std::set<std::string>() : std::move(touched));
  }
  Standing standing{ChartProgress(GraphOf(plan, picture.preview()), std::move(keys_of))};
  auto run = std::make_shared<ActiveRun>(WantsOf(plan, picture, StartsBefore(plan, picture)),
                                         LogOf(picture));
  run->cluster = cluster;
  run->shared_reads = SharedReadsOf(plan, *cluster);
  const auto claims = claims_.find(cluster->config().name);
  if (claims != claims_.end()) run->claims = claims->second;
  run->preview = picture.preview();
  run->saves_plan = picture.has_saves();
  run->saved_plan = picture.applies().plan_id();
  run->plan = {plan.name(), lifecycle::OwnerOf(PlanOwnerOf(picture)), {}};
  if (plan.unselected().empty()) run->ranks = ChartGraph(plan).Ranks();
  run->fail_fast = plan.fail_fast();
  run->charts = std::move(charts);
  if (!plan.exclusive()) run->namespaces = std::move(namespaces);
  if (plan.has_deadline()) run->deadline = ToDuration(plan.deadline());
  run->pins = std::move(archives.pins);
  run->archives_of = std::move(archives.owner);
  return {std::move(run), std::move(standing)};
}

absl::Duration RunAssembler::StartsBefore(const v1::Plan& plan, const v1::Run& picture) const {
  if (!plan.has_queue_timeout()) return absl::InfiniteDuration();
  const absl::Duration waited =
      std::max(absl::ZeroDuration(), clock_.Now() - ToTime(picture.create_time()));
  return boot_clock_.Now() + ToDuration(plan.queue_timeout()) - waited;
}

std::shared_ptr<RunLog> RunAssembler::LogOf(const v1::Run& picture) const {
  return std::make_shared<RunLog>(store_, clock_, picture, log_);
}

}  // namespace wheelhouse::runs
