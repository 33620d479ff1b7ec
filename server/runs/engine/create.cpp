// Accepting runs.
#include <absl/random/random.h>
#include <absl/strings/str_format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "common/durations.h"
#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/plan/contents.h"
#include "server/plan/prepare.h"
#include "server/runs/engine/engine.h"

namespace wheelhouse::runs {
namespace {

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
  if (v1::Mode_IsValid(request.mode())) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, {{"mode", "must be APPLY or PREVIEW."}});
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

absl::StatusOr<std::optional<v1::Run>> Engine::KnownRequest(const Asked& asked) {
  if (asked.request_id.empty()) return std::optional<v1::Run>();
  ASSIGN_OR_RETURN(const std::optional<store::RunRow> row,
                   store_.FindRequest(asked.caller, asked.request_id, clock_.Now() - kKeptWhole));
  if (!row.has_value()) return std::optional<v1::Run>();
  if (row->request_digest != asked.digest) {
    return MakeFailure(Reason::kRequestIdReused,
                       absl::StrCat("request id ", asked.request_id,
                                    " was used for another request, which made run ", row->id),
                       {{"run", row->id}});
  }
  ASSIGN_OR_RETURN(v1::Run run, Picture(row->id));
  return std::optional<v1::Run>(std::move(run));
}

// Whoever does a run of another caller's again may not hold its archives; it is that caller's run
// that is done, with that caller's charts.
absl::StatusOr<Engine::Pins> Engine::PinArchives(const v1::Plan& plan, const v1::Run& picture) {
  const auto pin = [&](const std::string& owner) -> absl::StatusOr<Pins> {
    Pins pins{{}, owner};
    for (const std::string& digest : plan::ArchivesOf(plan)) {
      RETURN_IF_ERROR(archives_.Pin(digest, owner, &pins.pins.emplace_back()).status());
    }
    return pins;
  };
  absl::StatusOr<Pins> own = pin(picture.caller());
  if (own.ok() || !picture.has_retry_of()) return own;
  absl::StatusOr<Pins> theirs = pin(picture.retry_of().caller());
  return theirs.ok() ? std::move(theirs) : std::move(own);
}

v1::Run Engine::FirstPicture(const NewRun& wanted, const store::RunRow& row) const {
  const plan::PreparedPlan& made = wanted.made;
  const bool preview = wanted.preview;
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
  *run.mutable_plan() = plan::WithoutContents(plan);
  if (wanted.retry_of.has_value()) *run.mutable_retry_of() = *wanted.retry_of;
  if (!plan.exclusive() && !preview)
    run.mutable_keys()->Assign(row.namespaces.begin(), row.namespaces.end());
  return run;
}

Engine::RunPtr Engine::MakeActive(const v1::Plan& plan, const v1::Run& picture,
                                  const NamedCluster& cluster) {
  // A preview changes nothing: it wants no key, so that nobody waits for it nor it for anybody.
  const bool preview = picture.preview();
  QueueEntry wants;
  wants.run_id = picture.id();
  wants.arrival = picture.in_place_of().empty() ? picture.id() : picture.in_place_of();
  wants.caller = picture.caller();
  wants.cluster = picture.cluster();
  wants.priority = plan.priority();
  wants.exclusive = plan.exclusive() && !preview;
  wants.supersede = plan.supersede() && !preview;
  wants.plan_name = plan.name();
  std::vector<std::set<std::string>> keys_of;
  std::map<std::string, int> uses;
  std::set<std::string> namespaces;
  for (const v1::ChartInfo& chart : plan.charts()) {
    const std::set<std::string> touched = plan::NamespacesOf(chart);
    namespaces.insert(touched.begin(), touched.end());
    keys_of.push_back(preview ? std::set<std::string>() : touched);
    for (const std::string& key : keys_of.back()) ++uses[key];
    if (chart.action() != v1::ACTION_SKIP) wants.releases.insert(ChartKey(chart));
  }
  if (!preview) wants.keys = namespaces;
  auto log = std::make_shared<RunLog>(store_, clock_, picture,
                                      RunLogOptions{options_.log_bytes, options_.observer});
  auto run = std::make_shared<ActiveRun>(plan, std::move(wants), std::move(log));
  run->cluster = cluster.cluster;
  run->claims = cluster.claims;
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

absl::StatusOr<v1::Run> Engine::Create(const v1::CreateRunRequest& request, const Principal& by) {
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(const NamedCluster cluster, options_.cluster(request.cluster()));
  const Asked asked{by.name, request.request_id(), store_.Digest(Deterministic(request))};
  return Admit(asked, [&]() -> absl::StatusOr<NewRun> {
    ASSIGN_OR_RETURN(plan::PreparedPlan made, options_.prepare(request.plan(), by.name));
    return NewRun{std::move(made), cluster, request.mode() == v1::MODE_PREVIEW, std::nullopt};
  });
}

absl::StatusOr<v1::Run> Engine::Admit(const Asked& asked,
                                      const std::function<absl::StatusOr<NewRun>()>& make) {
  if (asked.request_id.size() > kLongestRequestId) {
    return MakeInvalid(Reason::kPlanInvalid,
                       {{"request_id", absl::StrCat("longer than ", kLongestRequestId)}});
  }
  ASSIGN_OR_RETURN(std::optional<v1::Run> known, KnownRequest(asked));
  if (known.has_value()) return *std::move(known);
  RETURN_IF_ERROR(TakePlace());
  auto created = [&]() -> absl::StatusOr<v1::Run> {
    ASSIGN_OR_RETURN(const NewRun run, make());
    return Accept(asked, run);
  }();
  {
    MutexLock lock(&mutex_);
    --creating_;
  }
  if (absl::IsAlreadyExists(created.status())) {  // two calls with one request id at once
    ASSIGN_OR_RETURN(known, KnownRequest(asked));
    if (known.has_value()) return *std::move(known);
  }
  return created;
}

// A run that has its keys and waits for a worker waits too: previews, and runs in many namespaces,
// would have no bound otherwise.
absl::Status Engine::TakePlace() {
  if (retention_.full()) {
    return MakeFailure(Reason::kStoreFull,
                       "the store has reached retention.maxBytes, and all of it is of the last day "
                       "or has not ended");
  }
  MutexLock lock(&mutex_);
  if (draining_) return MakeFailure(Reason::kShuttingDown, "the daemon is shutting down");
  const auto waiting = std::count_if(active_.begin(), active_.end(), [](const auto& run) {
    return run.second->charts_running == 0;
  });
  if (waiting + creating_ >= options_.max_queued)
    return MakeFailure(Reason::kQueueFull, absl::StrCat(waiting, " runs wait already"));
  ++creating_;
  return absl::OkStatus();
}

absl::StatusOr<v1::Run> Engine::Accept(const Asked& asked, const NewRun& wanted) {
  const v1::Plan& plan = wanted.made.plan;
  store::RunRow row;
  row.id = NewId();
  row.request_id = asked.request_id;
  row.request_digest = asked.digest;
  row.caller = asked.caller;
  row.plan_name = plan.name();
  row.cluster = wanted.cluster.name;
  row.create_time = clock_.Now();
  std::set<std::string> namespaces;
  for (const v1::ChartInfo& chart : plan.charts()) {
    namespaces.merge(plan::NamespacesOf(chart));
    row.releases.push_back(chart.name());
    row.releases.push_back(ChartKey(chart));
  }
  row.namespaces.assign(namespaces.begin(), namespaces.end());
  v1::Run first = FirstPicture(wanted, row);
  ASSIGN_OR_RETURN(Pins pins, PinArchives(plan, first));
  RETURN_IF_ERROR(store_.CreateRun(row, plan, first, clock_.Now() - kKeptWhole));
  if (options_.observer != nullptr) options_.observer->OnCreated(first);
  const RunPtr run = MakeActive(plan, first, wanted.cluster);
  run->pins = std::move(pins.pins);
  run->archives_of = std::move(pins.owner);
  Enqueue(run);
  return first;
}

}  // namespace wheelhouse::runs
