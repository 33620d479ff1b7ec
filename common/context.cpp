#include "common/context.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/fence.h"
#include "common/mutex.h"

namespace wheelhouse {

using SteadyClock = std::chrono::steady_clock;

// One link of the chain. `parent` keeps the outer scopes alive; a cancel travels down through stop
// callbacks.
struct Context::Scope {
  std::shared_ptr<Scope> parent;
  std::optional<SteadyClock::time_point> deadline;
  absl::Status deadline_cause;
  std::stop_source source;  // shared with the parent unless this scope can be cancelled on its own
  bool own_source = false;  // Cancel may end it
  std::shared_ptr<const Fence> fence;
  std::shared_ptr<Scope> other;  // it ends with that one, too
  Mutex mutex;
  absl::Status cause ABSL_GUARDED_BY(mutex);
  // Last members: destroyed first, so that they cannot call into a half-destroyed scope.
  std::optional<std::stop_callback<std::function<void()>>> forward, forward_too;

  absl::Status Cause() {
    MutexLock lock(&mutex);
    return cause;
  }
};

Context::Context(std::shared_ptr<Scope> scope) : scope_(std::move(scope)) {}

Context Context::Background() {
  auto scope = std::make_shared<Scope>();
  scope->source = std::stop_source();
  return Context(std::move(scope));
}

Context Context::WithTimeout(absl::Duration timeout, absl::Status cause) const {
  if (timeout == absl::InfiniteDuration()) return *this;
  auto scope = std::make_shared<Scope>();
  scope->parent = scope_;
  scope->deadline =
      SteadyClock::now() + absl::ToChronoNanoseconds(std::min(timeout, absl::Hours(24 * 365)));
  scope->deadline_cause = std::move(cause);
  scope->source = scope_->source;
  return Context(std::move(scope));
}

Context Context::WithCancel() const {
  auto scope = std::make_shared<Scope>();
  scope->parent = scope_;
  scope->own_source = true;
  std::stop_source own;
  scope->source = own;
  scope->forward.emplace(scope_->source.get_token(), [own]() mutable { own.request_stop(); });
  return Context(std::move(scope));
}

std::shared_ptr<Context::Scope> Context::ScopeStoppedBy(std::stop_token also) const {
  auto scope = std::make_shared<Scope>();
  scope->parent = scope_;
  std::stop_source own;
  scope->source = own;
  const auto stop = [own]() mutable { own.request_stop(); };
  scope->forward.emplace(scope_->source.get_token(), stop);
  scope->forward_too.emplace(std::move(also), stop);
  return scope;
}

Context Context::WithFence(std::shared_ptr<const Fence> fence) const {
  auto scope = ScopeStoppedBy(fence->shut());
  scope->fence = std::move(fence);
  return Context(std::move(scope));
}

Context Context::EndingWith(const Context& other) const {
  auto scope = ScopeStoppedBy(other.scope_->source.get_token());
  scope->other = other.scope_;
  return Context(std::move(scope));
}

absl::Duration Context::FenceBound() const {
  absl::Duration bound = absl::InfiniteDuration();
  for (Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    if (scope->fence != nullptr) bound = std::min(bound, scope->fence->Bound());
    if (scope->other != nullptr) bound = std::min(bound, Context(scope->other).FenceBound());
  }
  return bound;
}

void Context::Cancel(absl::Status cause) const {
  if (!scope_->own_source) return;
  {
    MutexLock lock(&scope_->mutex);
    if (scope_->cause.ok()) scope_->cause = std::move(cause);
  }
  scope_->source.request_stop();
}

absl::Status Context::Check() const {
  const auto now = SteadyClock::now();
  for (Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    if (absl::Status cause = scope->Cause(); !cause.ok()) return cause;
    if (scope->deadline.has_value() && *scope->deadline <= now) return scope->deadline_cause;
    if (scope->fence != nullptr) {
      if (absl::Status shut = scope->fence->Check(); !shut.ok()) return shut;
    }
    if (scope->other != nullptr) {
      if (absl::Status ended = Context(scope->other).Check(); !ended.ok()) return ended;
    }
  }
  return absl::OkStatus();
}

absl::Duration Context::Remaining() const {
  absl::Duration remaining = absl::InfiniteDuration();
  const auto now = SteadyClock::now();
  for (Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    if (scope->deadline.has_value())
      remaining = std::min(remaining, absl::FromChrono(*scope->deadline - now));
    if (scope->other != nullptr) remaining = std::min(remaining, Context(scope->other).Remaining());
  }
  return std::max(remaining, absl::ZeroDuration());
}

absl::Status Context::Sleep(absl::Duration duration) const {
  Mutex mutex;
  CondVar woken;
  bool cancelled = false;
  const auto wakeup = OnCancel([&] {
    MutexLock lock(&mutex);
    cancelled = true;
    woken.NotifyAll();
  });
  const auto end =
      SteadyClock::now() + absl::ToChronoNanoseconds(std::min(duration, absl::Hours(24 * 365)));
  MutexLock lock(&mutex);
  while (!cancelled) {
    const absl::Duration left = std::min(absl::FromChrono(end - SteadyClock::now()), Remaining());
    if (left <= absl::ZeroDuration()) break;
    woken.WaitFor(&mutex, left);
  }
  return Check();
}

std::unique_ptr<Context::Wakeup> Context::OnCancel(std::function<void()> wake) const {
  return std::make_unique<Wakeup>(scope_->source.get_token(), std::move(wake));
}

}  // namespace wheelhouse
