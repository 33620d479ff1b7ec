#include "server/api/call_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>

#include "tests/unit/fakes/gate.h"

namespace wheelhouse::api {
namespace {

TEST(CallPool, WhatOneCallerWaitsForHoldsUpNoOther) {
  Gate gate, served;
  served.Open();
  CallPool pool({.threads = 2, .running_per_caller = 1, .waiting_per_caller = 10});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pool.Post("slow", 0, [&] { gate.Pass(); }));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(pool.Post("other", 0, [&] { served.Pass(); }));
  served.AwaitArrived(5);
  gate.Open();
}

TEST(CallPool, CallersTakeTurns) {
  Gate gate;
  std::string order;  // only one thread works
  {
    CallPool pool({.threads = 1, .running_per_caller = 1, .waiting_per_caller = 10});
    EXPECT_TRUE(pool.Post("a", 0, [&] { gate.Pass(); }));
    gate.AwaitArrived(1);
    for (const char* caller : {"a", "a", "c", "c", "b", "b"})
      EXPECT_TRUE(pool.Post(caller, 0, [&order, caller] { order += caller; }));
    gate.Open();
  }
  EXPECT_EQ(order, "bcabca");
}

TEST(CallPool, ACallerHasOnlySoMuchWaiting) {
  Gate gate;
  CallPool pool(
      {.threads = 1, .running_per_caller = 1, .waiting_per_caller = 2, .bytes_per_caller = 100});
  const auto work = [&] { gate.Pass(); };
  EXPECT_TRUE(pool.Post("a", 0, work));
  gate.AwaitArrived(1);
  EXPECT_TRUE(pool.Post("a", 60, work));
  EXPECT_FALSE(pool.Post("a", 60, work)) << "in bytes";
  EXPECT_TRUE(pool.Post("a", 40, work));
  EXPECT_FALSE(pool.Post("a", 0, work)) << "in number";
  EXPECT_TRUE(pool.Post("b", 60, work));
  pool.Go("a", work);
  gate.Open();
}

TEST(CallPool, WhatIsDoneMakesRoomAgain) {
  std::array<Gate, 5> gates, rests;  // outlive the pool, whose threads pass them
  CallPool pool(
      {.threads = 1, .running_per_caller = 1, .waiting_per_caller = 2, .bytes_per_caller = 100});
  for (size_t i = 0; i < gates.size(); ++i) {
    EXPECT_TRUE(pool.Post("a", 0, [&, i] { gates[i].Pass(); }));
    gates[i].AwaitArrived(1);
    EXPECT_TRUE(pool.Post("a", 60, [] {}));
    EXPECT_TRUE(pool.Post("a", 40, [&, i] { rests[i].Pass(); }));
    gates[i].Open();
    rests[i].AwaitArrived(1);
    rests[i].Open();
  }
}

TEST(CallPool, WhatWasAcceptedIsDoneBeforeItIsGone) {
  std::atomic<int> done = 0;
  {
    CallPool pool({.threads = 1, .running_per_caller = 1, .waiting_per_caller = 100});
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.Post("a", 0, [&] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace wheelhouse::api
