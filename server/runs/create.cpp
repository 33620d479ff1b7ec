// Accepting runs.
#include <absl/random/random.h>
#include <absl/strings/str_format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/durations.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "server/runs/engine.h"
#include "server/runs/event_line.h"

namespace wheelhouse::runs {
namespace {

constexpr absl::Duration kRequestIdLife = absl::Hours(24);
constexpr size_t kLongestRequestId = 128;

// The same bytes for the same request: maps come sorted.
std::string Deterministic(const v1::CreateRunRequest& request) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  request.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::Status CheckRequest(const v1::CreateRunRequest& request) {
  if (!v1::Mode_IsValid(request.mode()))
    return MakeInvalid(Reason::kPlanInvalid, {{"mode", "must be APPLY or PREVIEW."}});
  if (request.request_id().size() > kLongestRequestId) {
    return MakeInvalid(Reason::kPlanInvalid,
                       {{"request_id", absl::StrCat("longer than ", kLongestRequestId)}});
  }
  return absl::OkStatus();
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  google::protobuf::Timestamp proto;
  proto.set_seconds(micros / 1000000);
  proto.set_nanos(static_cast<int32_t>(micros % 1000000 * 1000));
  return proto;
}

}  // namespace

// 12 hex digits of milliseconds, 4 of a count, 8 at random: ids sort by creation, also within one
// millisecond.
std::string Engine::NewId() {
  MutexLock lock(&mutex_);
  const int64_t now = absl::ToUnixMillis(clock_.Now());
  if (now > last_id_ms_) {
    last_id_ms_ = now;
    last_id_count_ = 0;
  } else if (++last_id_count_ > 0xffff) {
    ++last_id_ms_;
    last_id_count_ = 0;
  }
  absl::BitGen random;
  return absl::StrFormat("%012x%04x%08x", last_id_ms_, last_id_count_,
                         absl::Uniform<uint32_t>(random));
}

absl::StatusOr<std::optional<v1::Run>> Engine::KnownRequest(const v1::CreateRunRequest& request,
                                                            const std::string& caller,
                                                            const std::string& digest) {
  if (request.request_id().empty()) return std::optional<v1::Run>();
  ASSIGN_OR_RETURN(const std::optional<store::RunRow> row,
                   store_.FindRequest(caller, request.request_id(), clock_.Now() - kRequestIdLife));
  if (!row.has_value()) return std::optional<v1::Run>();
  if (row->request_digest != digest) {
    return MakeFailure(Reason::kRequestIdReused,
                       absl::StrCat("request id ", request.request_id(),
                                    " was used for another request, which made run ", row->id),
                       {{"run", row->id}});
  }
  ASSIGN_OR_RETURN(v1::Run run, Get(row->id));
  return std::optional<v1::Run>(std::move(run));
}

absl::StatusOr<std::vector<std::shared_ptr<void>>> Engine::PinArchives(const v1::Plan& plan,
                                                                       const std::string& caller) {
  std::vector<std::shared_ptr<void>> pins;
  for (const std::string& digest : lifecycle_.ArchivesOf(plan)) {
    RETURN_IF_ERROR(archives_.Pin(digest, caller, &pins.emplace_back()).status());
  }
  return pins;
}

v1::Run Engine::FirstPicture(const lifecycle::ExpandedPlan& made, const store::RunRow& row,
                             bool preview) const {
  const v1::Plan& plan = made.plan;
  v1::Run run;
  run.set_id(row.id);
  run.set_plan_name(row.plan_name);
  run.set_cluster(row.cluster);
  run.set_caller(row.caller);
  run.set_preview(preview);
  run.set_state(v1::RUN_STATE_QUEUED);
  *run.mutable_create_time() = ToProto(row.create_time);
  for (int i = 0; i < plan.charts_size(); ++i) {
    const v1::ChartInfo& info = plan.charts(i);
    const std::string& digest = made.profile_digests[static_cast<size_t>(i)];
    v1::ChartRun* chart = run.add_charts();
    if (!digest.empty()) chart->set_profile(info.profile());
    chart->set_profile_digest(digest);
    chart->set_name(info.name());
    chart->set_namespace_(info.namespace_());
    chart->set_action(info.action());
    chart->set_state(v1::STATE_PENDING);
  }
  *run.mutable_plan() = lifecycle_.WithoutContents(plan);
  if (!plan.exclusive() && !preview)
    run.mutable_keys()->Assign(row.namespaces.begin(), row.namespaces.end());
  return run;
}

Engine::RunPtr Engine::MakeActive(const v1::Plan& plan, const v1::Run& picture,
                                  kube::Cluster* cluster) {
  // A preview changes nothing: it wants no key, so that nobody waits for it nor it for anybody.
  const bool preview = picture.preview();
  QueueEntry wants{picture.id(),
                   picture.caller(),
                   picture.cluster(),
                   plan.priority(),
                   plan.exclusive() && !preview,
                   {}};
  std::vector<std::set<std::string>> keys_of;
  std::map<std::string, int> uses;
  std::set<std::string> namespaces;
  for (const v1::ChartInfo& chart : plan.charts()) {
    const std::set<std::string> touched = lifecycle_.NamespacesOf(chart);
    namespaces.insert(touched.begin(), touched.end());
    keys_of.push_back(preview ? std::set<std::string>() : touched);
    for (const std::string& key : keys_of.back()) ++uses[key];
  }
  if (!preview) wants.keys = namespaces;
  auto log = std::make_shared<RunLog>(store_, clock_, picture);
  auto run = std::make_shared<ActiveRun>(plan, std::move(wants), std::move(log));
  run->cluster = cluster;
  run->preview = preview;
  if (!plan.exclusive()) run->namespaces = std::move(namespaces);
  run->keys_of = std::move(keys_of);
  run->uses = std::move(uses);
  run->charts_left = plan.charts_size();
  if (plan.has_queue_timeout()) {
    run->queue_until = ToTime(picture.create_time()) + ToDuration(plan.queue_timeout());
  }
  return run;
}

void Engine::Enqueue(const RunPtr& run) {
  MutexLock lock(&mutex_);
  active_[run->wants.run_id] = run;
  look_again_ = true;
  changed_.NotifyAll();
}

absl::StatusOr<v1::Run> Engine::Create(const v1::CreateRunRequest& request,
                                       const std::string& caller) {
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(const NamedCluster cluster, options_.cluster(request.cluster()));
  RETURN_IF_ERROR(lifecycle_.CheckPlan(request.plan()));
  const std::string digest = store_.Digest(Deterministic(request));
  ASSIGN_OR_RETURN(std::optional<v1::Run> known, KnownRequest(request, caller, digest));
  if (known.has_value()) return *std::move(known);

  const EngineCounts counts = Counts();
  {
    MutexLock lock(&mutex_);
    if (draining_) return MakeFailure(Reason::kShuttingDown, "the daemon is shutting down");
    if (counts.queued + creating_ >= options_.max_queued) {
      return MakeFailure(Reason::kQueueFull, absl::StrCat(counts.queued, " runs wait already"));
    }
    ++creating_;
  }
  auto created = [&]() -> absl::StatusOr<v1::Run> {
    ASSIGN_OR_RETURN(lifecycle::ExpandedPlan made, lifecycle_.WithProfiles(request.plan(), caller));
    made.plan = lifecycle_.WithDefaults(std::move(made.plan));
    const v1::Plan& plan = made.plan;
    ASSIGN_OR_RETURN(auto pins, PinArchives(plan, caller));
    store::RunRow row;
    row.id = NewId();
    row.request_id = request.request_id();
    row.request_digest = digest;
    row.caller = caller;
    row.plan_name = plan.name();
    row.cluster = cluster.name;
    row.create_time = clock_.Now();
    std::set<std::string> namespaces;
    for (const v1::ChartInfo& chart : plan.charts()) {
      namespaces.merge(lifecycle_.NamespacesOf(chart));
      row.releases.push_back(chart.name());
      row.releases.push_back(absl::StrCat(chart.namespace_(), "/", chart.name()));
    }
    row.namespaces.assign(namespaces.begin(), namespaces.end());
    v1::Run first = FirstPicture(made, row, request.mode() == v1::MODE_PREVIEW);
    RETURN_IF_ERROR(store_.CreateRun(row, plan, first, clock_.Now() - kRequestIdLife));
    spdlog::info("{}", LineOfCreation(first));
    const RunPtr run = MakeActive(plan, first, cluster.cluster);
    run->pins = std::move(pins);
    Enqueue(run);
    return first;
  }();
  {
    MutexLock lock(&mutex_);
    --creating_;
  }
  if (absl::IsAlreadyExists(created.status())) {  // two calls with one request id at once
    ASSIGN_OR_RETURN(known, KnownRequest(request, caller, digest));
    if (known.has_value()) return *std::move(known);
  }
  return created;
}

}  // namespace wheelhouse::runs
