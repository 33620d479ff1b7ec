#include "server/hooks/hooks.h"

#include <absl/strings/str_join.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/hooks/call_thread.h"
#include "server/hooks/ownership.h"

namespace wheelhouse::hooks {
namespace {

constexpr double kMessagesASecond = 500, kBytesASecond = 4 << 20;
constexpr double kMostMessages = 1000, kMostBytes = 8 << 20;

CallEnd EndOf(const absl::StatusOr<v1::Result>& result, const Context& context) {
  if (result.ok()) return result->has_failure() ? CallEnd::kFailed : CallEnd::kSucceeded;
  if (HasReason(result.status(), Reason::kHookUnavailable)) return CallEnd::kNoWorker;
  if (HasReason(result.status(), Reason::kInterrupted)) return CallEnd::kInterrupted;
  return context.Check().ok() ? CallEnd::kRefused : CallEnd::kCancelled;
}

}  // namespace

WorkerSession::WorkerSession(Table& table, const Principal& by, std::function<void()> wake)
    : table_(table), messages_(kMostMessages), bytes_(kMostBytes), filled_(SteadyNow()) {
  session_.owner = OwnerOf(by);
  session_.wake = std::move(wake);
  table_.Open(&session_);
}

WorkerSession::~WorkerSession() {
  table_.Close(&session_);
  if (session_.attached)
    spdlog::info("the worker {} of {} has gone", EscapeControls(session_.attach.worker(), false),
                 session_.owner);
}

absl::Status WorkerSession::Take(const v1::SessionRequest& message, size_t bytes) {
  messages_ -= 1;
  bytes_ -= static_cast<double>(bytes);
  table_.CountReceived(bytes);
  RETURN_IF_ERROR(table_.Take(&session_, message));
  if (!message.has_attach()) return absl::OkStatus();
  const std::string hooks = absl::StrJoin(
      message.attach().hooks(), ", ", [](std::string* out, const v1::ServedHook& hook) {
        absl::StrAppend(out, hook.name(), hook.version().empty() ? "" : " ", hook.version());
      });
  spdlog::info("the worker {} of {} serves {}", EscapeControls(message.attach().worker(), false),
               session_.owner, EscapeControls(hooks, false));
  return absl::OkStatus();
}

absl::Duration WorkerSession::PauseOfReading() {
  if (!table_.MayRead(&session_)) return absl::InfiniteDuration();
  const absl::Duration now = SteadyNow();
  const double seconds = absl::ToDoubleSeconds(now - std::exchange(filled_, now));
  messages_ = std::min(kMostMessages, messages_ + seconds * kMessagesASecond);
  bytes_ = std::min(kMostBytes, bytes_ + seconds * kBytesASecond);
  return absl::Seconds(std::max({0.0, -messages_ / kMessagesASecond, -bytes_ / kBytesASecond}));
}

absl::StatusOr<v1::Result> Hooks::Call(const Context& context,
                                       const lifecycle::HookRequest& request,
                                       lifecycle::HookHost& host) {
  lifecycle::HookRequest owned = request;
  owned.owner = OwnerFor(request.owner);
  absl::StatusOr<v1::Result> result = CallThread(table_, context, owned, host).Run();
  // One that is left to its worker goes on.
  if (result.ok() || !request.stops(result.status())) table_.CountEnd(EndOf(result, context));
  return result;
}

void Hooks::Forget(const std::string& owner, const v1::Attempt& attempt) {
  table_.Forget(OwnerFor(owner), attempt);
}

std::unique_ptr<WorkerSession> Hooks::Open(const Principal& by, std::function<void()> wake) {
  return std::make_unique<WorkerSession>(table_, by, std::move(wake));
}

v1::ListHooksResponse Hooks::List(const Principal& by) { return table_.List(OwnerOf(by)); }

}  // namespace wheelhouse::hooks
