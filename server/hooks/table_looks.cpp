// The table, as it is looked at from outside: by whom hooks are served, and how many there are.
#include "common/time.h"
#include "common/utf8.h"
#include "server/hooks/table.h"

namespace wheelhouse::hooks {
namespace {

v1::HookCall CallOf(const AttemptKey& key, const Held& held) {
  v1::HookCall call;
  *call.mutable_attempt() = ToProto(key);
  call.set_hook(held.hook);
  call.set_version(held.version);
  *call.mutable_since() = wheelhouse::ToProto(held.since);
  *call.mutable_heard() = wheelhouse::ToProto(held.heard);
  return call;
}

void Fill(const Call& from, v1::HookCall* call) {
  call->set_hook(from.request.invoke.name());
  call->set_version(from.version);
  call->set_run_id(from.request.invoke.run_id());
  call->set_chart(from.request.chart);
  call->set_stage(from.request.invoke.stage());
  call->set_step(from.request.invoke.step());
}

// Names that are looked at while the table is locked.
constexpr int kMostLookedAt = 10'000;

// One of those that have a count of their own, or kOthers.
void CountServed(const v1::ServedHook& hook, HookCounts* counts) {
  std::pair<std::string, std::string> key{EscapeControls(hook.name(), false),
                                          EscapeControls(hook.version(), false)};
  const auto known = counts->serving.find(key);
  if (known != counts->serving.end()) {
    ++known->second;
    return;
  }
  // kOthers and kScoped are two of them.
  if (counts->serving.size() >= HookCounts::kMostNames - 2)
    key = {HookCounts::kOthers, HookCounts::kOthers};
  ++counts->serving[key];
}

}  // namespace

v1::ListHooksResponse Table::List(const std::string& owner) {
  v1::ListHooksResponse response;
  MutexLock lock(&mutex_);
  for (const Session* session : sessions_) {
    if (session->owner != owner || !session->attached) continue;
    v1::HookWorker* worker = response.add_workers();
    worker->set_name(session->attach.worker());
    *worker->mutable_hooks() = session->attach.hooks();
    worker->set_capacity(session->attach.capacity());
    worker->set_scope(session->attach.scope());
    worker->set_draining(session->draining);
    *worker->mutable_attach_time() = wheelhouse::ToProto(session->attached_at);
    for (const auto& [key, held] : session->held) {
      v1::HookCall* call = worker->add_calls();
      *call = CallOf(key, held);
      if (held.call != nullptr) Fill(*held.call, call);
    }
  }
  for (const Call* waiting : matching_.Waiting()) {
    if (waiting->request.owner != owner) continue;
    v1::HookCall* call = response.add_waiting();
    *call->mutable_attempt() = ToProto(waiting->key());
    Fill(*waiting, call);
    *call->mutable_since() = wheelhouse::ToProto(waiting->since);
  }
  return response;
}

HookCounts Table::Counts() {
  HookCounts counts;
  int left = kMostLookedAt;
  MutexLock lock(&mutex_);
  for (const Session* session : sessions_) {
    if (!session->attached) continue;
    ++counts.sessions;
    if (!session->attach.scope().empty()) {
      ++counts.serving[{HookCounts::kScoped, ""}];
      continue;
    }
    const int hooks = session->attach.hooks_size();
    left -= hooks;
    if (left < 0) {
      counts.serving[{HookCounts::kOthers, HookCounts::kOthers}] += hooks;
    } else {
      for (const v1::ServedHook& hook : session->attach.hooks()) CountServed(hook, &counts);
    }
  }
  for (const auto& [key, call] : calls_) {
    if (call->state == Call::State::kWaiting) ++counts.waiting;
    if (call->state == Call::State::kWorking) ++counts.working;
  }
  counts.totals = totals_;
  return counts;
}

void Table::CountEnd(CallEnd end) {
  MutexLock lock(&mutex_);
  ++totals_.ended[static_cast<size_t>(end)];
}

void Table::CountReceived(size_t bytes) {
  MutexLock lock(&mutex_);
  totals_.bytes_in += bytes;
}

}  // namespace wheelhouse::hooks
