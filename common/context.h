// What bounds a blocking call: deadlines and cancellation. A Context is a small value that is
// copied down the call chain; a child adds a nearer deadline or a scope that can be cancelled on
// its own, and never outlives its parent's bounds. Whoever ends a scope says why (a failure with
// its reason), and that is what the blocked call returns. Deadlines are on the steady clock:
// setting the wall clock does not move them. Thread-safe.
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

  // A child that Cancel(cause) ends. The first cause counts.
  Context WithCancel() const;

  // A child that ends with the fence's cause when the fence is shut or its bound has passed. Waits
  // wake when it is shut, but not when its bound passes, which Check notices. Remaining does not
  // include the bound, since it keeps moving.
  Context WithFence(std::shared_ptr<const Fence> fence) const;

  // A child that ends with `other`, too, for its cause.
  Context EndingWith(const Context& other) const;

  // The nearest bound of all its fences, on CLOCK_BOOTTIME; absl::InfiniteDuration() without one,
  // zero when one is shut.
  absl::Duration FenceBound() const;

  // Ends a scope that WithCancel made, and all its children. Does nothing on other contexts.
  void Cancel(absl::Status cause) const;

  // OK while the scope lasts, else the cause that ended it first.
  absl::Status Check() const;

  // The time until the nearest deadline; absl::InfiniteDuration() without one, zero once it has
  // passed.
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
  // A scope of a child that is stopped with this one, and by `also`.
  std::shared_ptr<Scope> ScopeStoppedBy(std::stop_token also) const;
  std::shared_ptr<Scope> scope_;
};

}  // namespace wheelhouse
