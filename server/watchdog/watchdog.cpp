#include "server/watchdog/watchdog.h"

#include <algorithm>
#include <utility>

#include "common/clock.h"

namespace wheelhouse {

Pulse::Pulse(Watchdog* watchdog, std::string name, absl::Duration longest)
    : watchdog_(watchdog), name_(std::move(name)), longest_(longest) {
  if (watchdog_ != nullptr) watchdog_->Add(this);
}

Pulse::~Pulse() {
  if (watchdog_ != nullptr) watchdog_->Remove(this);
}

Watchdog::~Watchdog() { Stop(); }

void Watchdog::Add(const Pulse* pulse) {
  MutexLock lock(&mutex_);
  pulses_[pulse] = {pulse->beats(), now_};
}

void Watchdog::Remove(const Pulse* pulse) {
  MutexLock lock(&mutex_);
  pulses_.erase(pulse);
}

std::vector<std::string> Watchdog::Look(absl::Duration passed) {
  MutexLock lock(&mutex_);
  now_ += std::min(passed, 2 * kLookEvery);
  std::vector<std::string> standing_still;
  for (auto& [pulse, seen] : pulses_) {
    const uint64_t beats = pulse->beats();
    if (pulse->resting() || std::exchange(seen.beats, beats) != beats) {
      seen.since = now_;
    } else if (now_ - seen.since > pulse->longest()) {
      standing_still.push_back(pulse->name());
    }
  }
  std::sort(standing_still.begin(), standing_still.end());
  return standing_still;
}

std::vector<LoopAge> Watchdog::Ages() const {
  MutexLock lock(&mutex_);
  std::vector<LoopAge> ages;
  for (const auto& [pulse, seen] : pulses_)
    ages.push_back({pulse->name(), now_ - seen.since, pulse->longest()});
  return ages;
}

void Watchdog::Start(OnLook on_look) {
  thread_ = std::thread([this, on_look = std::move(on_look)] { Loop(on_look); });
}

void Watchdog::Stop() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Watchdog::Loop(const OnLook& on_look) {
  absl::Duration last = SteadyNow();
  while (true) {
    {
      MutexLock lock(&mutex_);
      while (!stopped_ && SteadyNow() < last + kLookEvery)
        changed_.WaitFor(&mutex_, last + kLookEvery - SteadyNow());
      if (stopped_) return;
    }
    const absl::Duration now = SteadyNow();
    on_look(Look(now - std::exchange(last, now)));
  }
}

}  // namespace wheelhouse
