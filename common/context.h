// What bounds a blocking call: deadlines, and being cancelled. A Context is a small value that is
// copied down the call chain; a child adds a nearer deadline or a scope that can be cancelled on
// its own, and never outlives its parent's bounds. Whoever ends a scope says why (a failure with
// its reason), and that is what the blocked call returns. Deadlines are on the steady clock:
// setting the wall clock moves none. Thread-safe.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

namespace wheelhouse {

class Fence;

class Context {
 public:
  // No deadline; cannot be cancelled.
  static Context Background();

  // A child that ends with `cause` when `timeout` has passed. absl::InfiniteDuration() adds
  // nothing.
  Context WithTimeout(absl::Duration timeout, absl::Status cause) const;

  // A child that this object's holder can end: Cancel(cause). The first cause counts.
  Context WithCancel() const;

  // A child that ends with the fence's cause when the fence is shut or its bound has passed. Waits
  // wake when it is shut; Check finds the bound by itself. Remaining tells nothing of it, since it
  // is moved on.
  Context WithFence(std::shared_ptr<const Fence> fence) const;

  // The nearest bound of all fences round it, on CLOCK_BOOTTIME; absl::InfiniteDuration() without
  // one, zero when one is shut.
  absl::Duration FenceBound() const;

  // Ends a scope that WithCancel made, and all its children. Does nothing on other contexts.
  void Cancel(absl::Status cause) const;

  // OK while the scope lasts; else the cause that came first.
  absl::Status Check() const;

  // Until the nearest deadline; absl::InfiniteDuration() without one, zero when passed.
  absl::Duration Remaining() const;

  // Blocks for `duration` or until the scope ends, whichever is first; then Check().
  absl::Status Sleep(absl::Duration duration) const;

  // Calls `wake` (on the cancelling thread, once) when the scope is cancelled; at once when it
  // already is. Deadlines do not call it: bound the wait by Remaining(). Dropping the handle
  // unregisters and waits for a running call.
  using Wakeup = std::stop_callback<std::function<void()>>;
  std::unique_ptr<Wakeup> OnCancel(std::function<void()> wake) const;

 private:
  struct Scope;
  explicit Context(std::shared_ptr<Scope> scope);
  std::shared_ptr<Scope> scope_;
};

}  // namespace wheelhouse
