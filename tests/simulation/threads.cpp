#include "tests/simulation/threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <vector>

namespace wheelhouse::simulation {
namespace {

// What the program would have called.
template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// Not through syscall(), which is ours.
long RawFutex(std::atomic<int>* word, int operation, int value) {
  long result = 0;
  register long r10 asm("r10") = 0;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(SYS_futex), "D"(word), "S"(operation), "d"(value), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
}

enum class State { kRunnable, kMutex, kCond, kFutex, kJoin, kSleep, kEnded };

struct Thread {
  int id = 0;
  int daemon = 0;
  State state = State::kRunnable;
  const void* waits_for = nullptr;  // the mutex, condition, futex or thread
  int64_t deadline = 0;             // of kCond and kSleep, if `bounded`
  bool bounded = false;
  bool timed_out = false;
  bool dead = false;
  int once = 0;  // in so many initializations for the whole process, which nobody may interrupt
  std::vector<const void*> held;  // mutexes
  std::atomic<int> go = 0;
  void* (*start)(void*) = nullptr;
  void* argument = nullptr;
};

constexpr int64_t kStart = 1'000'000'000;              // where the clocks begin, in ns
constexpr int64_t kEpoch = 1'800'000'000'000'000'000;  // the wall clock's beginning
constexpr int kPatience = 100000;
constexpr int kPreemptOnce = 6;  // in so many locks

// One thread has the baton, and only it touches this.
struct Simulation {
  Random random;
  int64_t now = kStart;
  uint64_t trace = 0;
  int looks = 0;               // at the clock, since a thread waited
  std::deque<Thread> threads;  // never forgotten: addresses stay
  std::map<int, int64_t> frozen;
  std::set<int> killed;  // daemons
  std::map<pthread_t, Thread*> by_handle;
};

Simulation* simulation = nullptr;
thread_local Thread* self = nullptr;

const char* NameOf(State state) {
  constexpr const char* kNames[] = {
      "can run",           "waits for a mutex", "waits for a condition",
      "waits for a futex", "joins a thread",    "sleeps",
      "has ended"};
  return kNames[static_cast<int>(state)];
}

[[noreturn]] void Stuck() {
  fprintf(stderr, "deadlock: no thread can ever run again\n");
  for (const Thread& thread : simulation->threads) {
    if (!thread.dead && thread.state != State::kEnded)
      fprintf(stderr, "  thread %d of daemon %d %s, and holds %zu mutexes\n", thread.id,
              thread.daemon, NameOf(thread.state), thread.held.size());
  }
  _exit(3);
}

int64_t FrozenUntil(const Thread& thread) {
  const auto found = simulation->frozen.find(thread.daemon);
  return found == simulation->frozen.end() ? 0 : found->second;
}

void WakeByTime() {
  for (Thread& thread : simulation->threads) {
    if (thread.dead || !thread.bounded || thread.deadline > simulation->now) continue;
    if (thread.state != State::kCond && thread.state != State::kSleep) continue;
    thread.timed_out = thread.state == State::kCond;
    thread.state = State::kRunnable;
    thread.bounded = false;
  }
}

// The next moment at which a thread could run.
int64_t NextMoment() {
  int64_t next = INT64_MAX;
  for (const Thread& thread : simulation->threads) {
    if (thread.dead || thread.state == State::kEnded) continue;
    const bool runnable = thread.state == State::kRunnable;
    if (!runnable && !thread.bounded) continue;
    next = std::min(next, std::max(runnable ? 0 : thread.deadline, FrozenUntil(thread)));
  }
  return next;
}

Thread* Choose() {
  simulation->looks = 0;
  while (true) {
    WakeByTime();
    std::vector<Thread*> able;
    for (Thread& thread : simulation->threads) {
      if (thread.state == State::kRunnable && !thread.dead &&
          FrozenUntil(thread) <= simulation->now)
        able.push_back(&thread);
    }
    if (!able.empty()) {
      Thread* chosen = able[simulation->random() % able.size()];
      simulation->trace = (simulation->trace ^ static_cast<uint64_t>(chosen->id)) * 1099511628211u;
      return chosen;
    }
    const int64_t next = NextMoment();
    if (next == INT64_MAX) Stuck();
    simulation->now = std::max(simulation->now, next);
  }
}

void HandOver(Thread* next) {
  next->go.store(1, std::memory_order_release);
  RawFutex(&next->go, FUTEX_WAKE_PRIVATE, 1);
}

void AwaitBaton(Thread* thread) {
  while (thread->go.load(std::memory_order_acquire) == 0)
    RawFutex(&thread->go, FUTEX_WAIT_PRIVATE, 0);
  thread->go.store(0, std::memory_order_relaxed);
}

// Lets the thread run whose turn it is; returns when it is the caller's again.
void Switch() {
  Thread* const me = self;
  Thread* const next = Choose();
  if (next == me) return;
  HandOver(next);
  AwaitBaton(me);
}

void WaitFor(State state, const void* what) {
  self->state = state;
  self->waits_for = what;
  Switch();
  self->waits_for = nullptr;
}

void WakeAll(State state, const void* what) {
  for (Thread& thread : simulation->threads) {
    if (thread.state != state || thread.waits_for != what) continue;
    thread.state = State::kRunnable;
    thread.bounded = false;
  }
}

void WakeOne(State state, const void* what) {
  std::vector<Thread*> waiting;
  for (Thread& thread : simulation->threads) {
    if (thread.state == state && thread.waits_for == what && !thread.dead)
      waiting.push_back(&thread);
  }
  if (waiting.empty()) return;
  Thread* chosen = waiting[simulation->random() % waiting.size()];
  chosen->state = State::kRunnable;
  chosen->bounded = false;
}

int LockMutex(pthread_mutex_t* mutex) {
  static auto* const try_lock = Real<int(pthread_mutex_t*)>("pthread_mutex_trylock");
  while (true) {
    const int result = try_lock(mutex);
    if (result != EBUSY) {
      if (result == 0) self->held.push_back(mutex);
      return result;
    }
    WaitFor(State::kMutex, mutex);
  }
}

int UnlockMutex(pthread_mutex_t* mutex) {
  static auto* const unlock = Real<int(pthread_mutex_t*)>("pthread_mutex_unlock");
  const int result = unlock(mutex);
  const auto held = std::find(self->held.rbegin(), self->held.rend(), mutex);
  if (held != self->held.rend()) self->held.erase(std::next(held).base());
  WakeAll(State::kMutex, mutex);
  return result;
}

// `deadline` in ns of the simulation; negative: none. True when it passed first.
bool WaitForCondition(pthread_cond_t* condition, pthread_mutex_t* mutex, int64_t deadline) {
  self->timed_out = false;
  self->bounded = deadline >= 0;
  self->deadline = deadline;
  self->state = State::kCond;
  self->waits_for = condition;
  UnlockMutex(mutex);
  Switch();
  self->waits_for = nullptr;
  const bool timed_out = self->timed_out;
  LockMutex(mutex);
  return timed_out;
}

int64_t NsOf(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

int64_t DeadlineOf(clockid_t clock, const timespec& time) {
  return std::max<int64_t>(0, clock == CLOCK_REALTIME ? NsOf(time) - kEpoch : NsOf(time));
}

void* Run(void* thread) {
  self = static_cast<Thread*>(thread);
  AwaitBaton(self);
  void* const result = self->start(self->argument);
  self->state = State::kEnded;
  WakeAll(State::kJoin, self);
  HandOver(Choose());
  self = nullptr;
  return result;
}

}  // namespace

void Simulate(uint64_t seed, const std::function<void()>& body) {
  simulation = new Simulation();
  simulation->random.seed(seed);
  self = &simulation->threads.emplace_back();
  body();
  self = nullptr;
}

Random& Decisions() { return simulation->random; }

bool Once(int times) { return simulation->random() % static_cast<uint64_t>(times) == 0; }

absl::Duration Passed() { return absl::Nanoseconds(simulation->now - kStart); }

void Sleep(absl::Duration time) {
  self->deadline = simulation->now + absl::ToInt64Nanoseconds(time);
  self->bounded = true;
  WaitFor(State::kSleep, nullptr);
}

void BecomeDaemon(int daemon) {
  self->daemon = daemon;
  self->dead = simulation->killed.contains(daemon);
  if (self->dead) Switch();
}

int CurrentDaemon() { return self == nullptr ? 0 : self->daemon; }

void Freeze(int daemon, absl::Duration until) {
  simulation->frozen[daemon] = kStart + absl::ToInt64Nanoseconds(until);
}

void Kill(int daemon, const void* begin, const void* end) {
  simulation->frozen.erase(daemon);
  const auto holds_shared = [&](const Thread& thread) {
    return std::any_of(thread.held.begin(), thread.held.end(),
                       [&](const void* mutex) { return begin <= mutex && mutex < end; });
  };
  const auto any = [&] {
    return std::any_of(
        simulation->threads.begin(), simulation->threads.end(),
        [&](const Thread& thread) { return thread.daemon == daemon && holds_shared(thread); });
  };
  while (any()) Switch();
  for (Thread& thread : simulation->threads) thread.dead |= thread.daemon == daemon;
  simulation->killed.insert(daemon);
}

uint64_t Trace() { return simulation->trace; }

}  // namespace wheelhouse::simulation

// -- What the program calls in place of the C library.

using namespace wheelhouse::simulation;  // NOLINT: the functions below are C's

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  if (self == nullptr) {
    static auto* const real = Real<int(pthread_mutex_t*)>("pthread_mutex_lock");
    return real(mutex);
  }
  if (self->once == 0 && Once(kPreemptOnce)) Switch();
  return LockMutex(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  if (self != nullptr) return UnlockMutex(mutex);
  static auto* const real = Real<int(pthread_mutex_t*)>("pthread_mutex_unlock");
  return real(mutex);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (self == nullptr) {
    static auto* const real = Real<int(pthread_cond_t*, pthread_mutex_t*)>("pthread_cond_wait");
    return real(condition, mutex);
  }
  WaitForCondition(condition, mutex, -1);
  return 0;
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* time) {
  if (self == nullptr) {
    static auto* const real =
        Real<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>(
            "pthread_cond_clockwait");
    return real(condition, mutex, clock, time);
  }
  return WaitForCondition(condition, mutex, DeadlineOf(clock, *time)) ? ETIMEDOUT : 0;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* time) {
  if (self == nullptr) {
    static auto* const real =
        Real<int(pthread_cond_t*, pthread_mutex_t*, const timespec*)>("pthread_cond_timedwait");
    return real(condition, mutex, time);
  }
  return WaitForCondition(condition, mutex, DeadlineOf(CLOCK_REALTIME, *time)) ? ETIMEDOUT : 0;
}

int pthread_cond_signal(pthread_cond_t* condition) {
  if (self == nullptr) {
    static auto* const real = Real<int(pthread_cond_t*)>("pthread_cond_signal");
    return real(condition);
  }
  WakeOne(State::kCond, condition);
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) {
  if (self == nullptr) {
    static auto* const real = Real<int(pthread_cond_t*)>("pthread_cond_broadcast");
    return real(condition);
  }
  WakeAll(State::kCond, condition);
  return 0;
}

int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  static auto* const real =
      Real<int(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)>("pthread_create");
  if (self == nullptr) return real(handle, attributes, start, argument);
  Thread& thread = simulation->threads.emplace_back();
  thread.id = static_cast<int>(simulation->threads.size()) - 1;
  thread.daemon = self->daemon;
  thread.start = start;
  thread.argument = argument;
  const int result = real(handle, attributes, Run, &thread);
  if (result != 0) {
    thread.state = State::kEnded;
  } else {
    simulation->by_handle[*handle] = &thread;
  }
  return result;
}

int pthread_join(pthread_t handle, void** value) {
  static auto* const real = Real<int(pthread_t, void**)>("pthread_join");
  if (self != nullptr) {
    const auto found = simulation->by_handle.find(handle);
    if (found != simulation->by_handle.end()) {
      while (found->second->state != State::kEnded) WaitFor(State::kJoin, found->second);
      simulation->by_handle.erase(found);
    }
  }
  return real(handle, value);
}

// The C library makes others wait for whoever is in there: nobody else runs meanwhile.
int pthread_once(pthread_once_t* control, void (*routine)()) {
  static auto* const real = Real<int(pthread_once_t*, void (*)())>("pthread_once");
  if (self != nullptr) ++self->once;
  const int result = real(control, routine);
  if (self != nullptr) --self->once;
  return result;
}

int sched_yield() {
  if (self != nullptr) {
    Switch();
    return 0;
  }
  static auto* const real = Real<int()>("sched_yield");
  return real();
}

int clock_gettime(clockid_t clock, timespec* time) {
  const bool ours = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
  if (self == nullptr || !ours) {
    static auto* const real = Real<int(clockid_t, timespec*)>("clock_gettime");
    return real(clock, time);
  }
  // Whoever waits by looking at the clock alone gets further too.
  if (++simulation->looks > kPatience) simulation->now += 1000;
  const int64_t now = simulation->now + (clock == CLOCK_REALTIME ? kEpoch : 0);
  time->tv_sec = now / 1'000'000'000;
  time->tv_nsec = now % 1'000'000'000;
  return 0;
}

int nanosleep(const timespec* time, timespec* left) {
  if (self == nullptr) {
    static auto* const real = Real<int(const timespec*, timespec*)>("nanosleep");
    return real(time, left);
  }
  Sleep(absl::DurationFromTimespec(*time));
  return 0;
}

// For the waits of std::atomic and of Abseil.
long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& one : a) one = va_arg(list, long);
  va_end(list);
  if (self != nullptr && number == SYS_futex) {
    const auto* const word = reinterpret_cast<const int*>(a[0]);
    const long operation = a[1] & FUTEX_CMD_MASK;
    if (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) {
      if (*word != static_cast<int>(a[2])) {
        errno = EAGAIN;
        return -1;
      }
      WaitFor(State::kFutex, word);
      return 0;
    }
    if (operation == FUTEX_WAKE || operation == FUTEX_WAKE_BITSET) {
      WakeAll(State::kFutex, word);
      return 1;
    }
  }
  static auto* const real = Real<long(long, long, long, long, long, long, long)>("syscall");
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

}  // extern "C"
