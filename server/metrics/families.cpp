#include "server/metrics/families.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "common/run_picture.h"

namespace wheelhouse::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// One metric, whose values are added one after the other.
class Family {
 public:
  Family(std::string name, std::string help, MetricType type)
      : family_{std::move(name), std::move(help), type, {}} {}

  Family& Add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family_.metric.push_back(std::move(metric));
    return *this;
  }
  Family& Add(const Durations& durations, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    uint64_t count = 0;
    for (size_t i = 0; i < durations.counts().size(); ++i) {
      count += durations.counts()[i];
      const double bound = i < durations.bounds().size()
                               ? absl::ToDoubleSeconds(durations.bounds()[i])
                               : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = absl::ToDoubleSeconds(durations.sum());
    family_.metric.push_back(std::move(metric));
    return *this;
  }

  const MetricFamily& family() const { return family_; }

 private:
  MetricFamily family_;
};

Family Gauge(const char* name, const char* help) { return {name, help, MetricType::Gauge}; }
Family Counter(const char* name, const char* help) { return {name, help, MetricType::Counter}; }
Family Histogram(const char* name, const char* help) { return {name, help, MetricType::Histogram}; }

double Number(uint64_t count) { return static_cast<double>(count); }

template <typename State>
std::string Lower(State state) {
  return absl::AsciiStrToLower(ShortName(state));
}

class Families {
 public:
  void AddRuns(const Snapshot& now);
  void AddHelm(const Snapshot& now);
  void AddStore(const store::WriteCounts& writes);
  void AddClients(const Snapshot& now);
  void AddClaims(const Snapshot& now);
  void AddLoops(const std::vector<LoopAge>& loops);
  void AddHooks(const hooks::HookCounts& hooks);
  void AddProcess(const ProcessCounts& process);
  std::vector<MetricFamily> Take() { return std::move(all_); }

 private:
  void Add(const Family& family) { all_.push_back(family.family()); }

  std::vector<MetricFamily> all_;
};

void Families::AddRuns(const Snapshot& now) {
  Add(Gauge("wheelhouse_runs", "Runs that have not ended.")
          .Add(now.runs.queued, {{"state", "queued"}})
          .Add(now.runs.running, {{"state", "running"}}));
  const RunTotals& totals = now.run_totals;
  Add(Counter("wheelhouse_runs_created_total", "Runs that were accepted.")
          .Add(Number(totals.created)));
  Family ended = Counter("wheelhouse_runs_ended_total", "Runs that have ended.");
  for (const auto& [end, count] : totals.ended) {
    const auto& [preview, state, reason] = end;
    ended.Add(
        Number(count),
        {{"mode", preview ? "preview" : "apply"}, {"outcome", Lower(state)}, {"reason", reason}});
  }
  Add(ended);
  Add(Histogram("wheelhouse_run_queue_seconds", "How long runs waited to start.")
          .Add(totals.queued));
  Add(Histogram("wheelhouse_run_duration_seconds", "From the start of a run to its end.")
          .Add(totals.running));
  Family stages = Histogram("wheelhouse_stage_duration_seconds", "How long stages of charts took.");
  for (const auto& [key, durations] : totals.stages)
    stages.Add(durations, {{"stage", Lower(key.first)}, {"outcome", Lower(key.second)}});
  Add(stages);
}

void Families::AddHelm(const Snapshot& now) {
  constexpr std::array kUses = {"changes", "reads", "undoes"};  // helm::SlotUse
  static_assert(kUses.size() == std::tuple_size_v<decltype(now.helm)>);
  Family taken = Gauge("wheelhouse_helm_processes", "helm processes that run.");
  Family waiting = Gauge("wheelhouse_helm_waiting", "Steps that wait until they may start helm.");
  for (size_t i = 0; i < kUses.size(); ++i) {
    taken.Add(now.helm[i].taken, {{"use", kUses[i]}});
    waiting.Add(now.helm[i].waiting, {{"use", kUses[i]}});
  }
  Add(taken);
  Add(waiting);
}

void Families::AddStore(const store::WriteCounts& writes) {
  Add(Gauge("wheelhouse_store_writes_waiting", "Writes that are not durable yet.")
          .Add(writes.waiting));
  Add(Histogram("wheelhouse_store_write_seconds", "How long writes took to be durable.")
          .Add(writes.took));
  Add(Counter("wheelhouse_store_writes_failed_total", "Writes that the store refused.")
          .Add(Number(writes.failed)));
}

void Families::AddClients(const Snapshot& now) {
  Family connections = Gauge("wheelhouse_connections", "Connections of clients that are open.");
  for (const auto& [listener, count] : now.connections)
    connections.Add(count, {{"listener", listener}});
  Add(connections);
  Family streams = Gauge("wheelhouse_streams", "Streams of clients that are open.");
  for (const auto& [kind, name] : {std::pair{api::StreamKind::kEvents, "events"},
                                   std::pair{api::StreamKind::kUpload, "uploads"},
                                   std::pair{api::StreamKind::kHooks, "hooks"}}) {
    const auto found = now.streams.find(kind);
    streams.Add(found == now.streams.end() ? 0 : found->second, {{"kind", name}});
  }
  Add(streams);
}

void Families::AddClaims(const Snapshot& now) {
  Family held = Gauge("wheelhouse_claims_held", "Namespaces that this daemon's runs claim.");
  Family lost = Counter("wheelhouse_claims_lost_total", "Times that all claims were lost.");
  for (const auto& [cluster, counts] : now.claims) {
    held.Add(counts.held, {{"cluster", cluster}});
    lost.Add(counts.lost, {{"cluster", cluster}});
  }
  Add(held);
  Add(lost);
}

// There may be one for each namespace that was ever claimed (claims.inReleaseNamespace): those that
// are nearest to standing still have a label of their own, and the next one speaks for the rest.
void Families::AddLoops(const std::vector<LoopAge>& loops) {
  constexpr size_t kMostLoops = 50;
  std::map<std::string, LoopAge> by_name;  // the oldest of each
  for (const LoopAge& loop : loops) {
    LoopAge& oldest = by_name.try_emplace(loop.name, loop).first->second;
    if (loop.age > oldest.age) oldest = loop;
  }
  std::vector<LoopAge> oldest_first;
  for (const auto& [name, loop] : by_name) oldest_first.push_back(loop);
  std::ranges::sort(oldest_first, [](const LoopAge& a, const LoopAge& b) {
    const double of_a = absl::FDivDuration(a.age, a.longest);
    const double of_b = absl::FDivDuration(b.age, b.longest);
    return of_a != of_b ? of_a > of_b : a.name < b.name;
  });
  if (oldest_first.size() > kMostLoops) {
    oldest_first.resize(kMostLoops);
    oldest_first.back().name = "other";
  }
  Family age = Gauge("wheelhouse_loop_age_seconds", "Since a loop of the daemon last came round.");
  Family limit = Gauge("wheelhouse_loop_age_limit_seconds", "At which a loop stands still.");
  for (const LoopAge& loop : oldest_first) {
    age.Add(absl::ToDoubleSeconds(loop.age), {{"loop", loop.name}});
    limit.Add(absl::ToDoubleSeconds(loop.longest), {{"loop", loop.name}});
  }
  Add(age);
  Add(limit);
}

void Families::AddHooks(const hooks::HookCounts& hooks) {
  Family workers = Gauge("wheelhouse_hook_workers", "Sessions of workers that serve a hook.");
  for (const auto& [hook, count] : hooks.serving)
    workers.Add(count, {{"hook", hook.first}, {"version", hook.second}});
  Add(workers);
  Add(Gauge("wheelhouse_hook_sessions", "Workers that are attached.").Add(hooks.sessions));
  Add(Gauge("wheelhouse_hook_calls", "Calls of hooks that have not ended.")
          .Add(hooks.waiting, {{"state", "waiting"}})
          .Add(hooks.working, {{"state", "working"}}));
  constexpr const char* kOutcomes[] = {"succeeded", "failed",      "refused",
                                       "no_worker", "interrupted", "cancelled"};  // CallEnd
  static_assert(std::size(kOutcomes) == hooks::kCallEnds.size());
  const hooks::HookTotals& totals = hooks.totals;
  Family ended = Counter("wheelhouse_hook_calls_ended_total", "Calls of hooks that have ended.");
  for (size_t i = 0; i < totals.ended.size(); ++i)
    ended.Add(Number(totals.ended[i]), {{"outcome", kOutcomes[i]}});
  Add(ended);
  Add(Counter("wheelhouse_hook_attempts_total", "Attempts that were sent to a worker.")
          .Add(Number(totals.attempts)));
  Add(Counter("wheelhouse_hook_attempts_declined_total",
              "Attempts that a worker that is about to end did not begin.")
          .Add(Number(totals.declined)));
  Add(Counter("wheelhouse_hook_heartbeats_missed_total",
              "Attempts that were given up, because their worker was silent.")
          .Add(Number(totals.given_up)));
  Add(Counter("wheelhouse_hook_results_overtaken_total",
              "Results that were refused, because their attempt was over.")
          .Add(Number(totals.overtaken)));
  Add(Counter("wheelhouse_hook_bytes_total", "Bytes of messages with workers.")
          .Add(Number(totals.bytes_in), {{"direction", "in"}})
          .Add(Number(totals.bytes_out), {{"direction", "out"}}));
}

void Families::AddProcess(const ProcessCounts& process) {
  Add(Gauge("wheelhouse_build_info", "The daemon that is running.")
          .Add(1, {{"version", WHEELHOUSE_VERSION}}));
  Add(Gauge("process_resident_memory_bytes", "Memory of the daemon.")
          .Add(Number(process.resident_bytes)));
  Add(Gauge("process_threads", "Threads of the daemon.").Add(process.threads));
  Add(Gauge("process_open_fds", "Open descriptors.").Add(process.open_descriptors));
  Add(Gauge("process_max_fds", "How many descriptors may be open.")
          .Add(Number(process.most_descriptors)));
  Add(Counter("process_cpu_seconds_total", "CPU time of the daemon, without children.")
          .Add(absl::ToDoubleSeconds(process.cpu)));
  Add(Gauge("process_start_time_seconds", "When the daemon started.")
          .Add(absl::ToDoubleSeconds(process.start - absl::UnixEpoch())));
}

}  // namespace

std::vector<MetricFamily> FamiliesOf(const Snapshot& snapshot) {
  Families all;
  all.AddRuns(snapshot);
  all.AddHelm(snapshot);
  all.AddStore(snapshot.writes);
  all.AddClients(snapshot);
  all.AddClaims(snapshot);
  all.AddLoops(snapshot.loops);
  all.AddHooks(snapshot.hooks);
  all.AddProcess(snapshot.process);
  return all.Take();
}

}  // namespace wheelhouse::metrics
