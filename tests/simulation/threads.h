// Threads that run one at a time, in an order that a seed decides, on a clock that moves only when
// nobody can run.
//
// The program that links threads.cpp has its own pthread_mutex_lock, pthread_cond_wait,
// pthread_create, clock_gettime, sched_yield and so on. In a thread of a simulation they do not
// block: they let another thread of it run. So the code under test is the daemon's own, threads and
// all, and nothing in it knows of the simulation. Other threads get the C library's.
//
// What is decided by the seed: which thread goes on whenever one waits, takes a lock or asks to
// yield, and which waiter a notification wakes. The clocks (CLOCK_MONOTONIC, CLOCK_BOOTTIME,
// CLOCK_REALTIME) stand still while a thread can run.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>

namespace wheelhouse::simulation {

using Random = std::mt19937_64;

// Calls `body` as the first thread of a simulation, on this OS thread, and returns after it. Once
// in a process. A simulation in which no thread can ever run again ends the process with exit code
// 3 and says what each thread waits for: a deadlock.
void Simulate(uint64_t seed, const std::function<void()>& body);

// The rest is for threads of the simulation.

// What else is to be decided by the seed.
Random& Decisions();
// True once in `times`, on average.
bool Once(int times);

// Time that passed since the simulation began.
absl::Duration Passed();
// Lets others run for so long.
void Sleep(absl::Duration time);

// Daemons. A thread belongs to the daemon of the thread that made it; 0 at first. One that becomes
// a daemon that was killed meanwhile never runs again.
void BecomeDaemon(int daemon);
int CurrentDaemon();
// Its threads do not run before that time, as if it were stopped by a signal.
void Freeze(int daemon, absl::Duration until);
// None of its threads ever runs again, as after kill -9. Memory between `begin` and `end` outlives
// it: a thread that holds a lock there goes on until it has let go of it.
void Kill(int daemon, const void* begin, const void* end);

// A digest of all decisions so far: equal for equal seeds, or the simulation is not one.
uint64_t Trace();

}  // namespace wheelhouse::simulation
