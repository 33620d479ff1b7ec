#include "common/cancellable_mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "common/failure.h"

namespace wheelhouse {
namespace {

TEST(CancellableMutexTest, OneHoldsItAtATime) {
  CancellableMutex mutex;
  int count = 0;  // guarded by `mutex`, as ThreadSanitizer sees
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        const auto held = mutex.Lock(Context::Background());
        const int before = count;
        std::this_thread::yield();
        count = before + 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 1600);
}

TEST(CancellableMutexTest, ACancelEndsTheWaiting) {
  CancellableMutex mutex;
  const auto held = mutex.Lock(Context::Background());
  const Context waiter = Context::Background().WithCancel();
  absl::Status ended;
  std::thread thread([&] { ended = mutex.Lock(waiter).status(); });
  waiter.Cancel(MakeFailure(Reason::kCancelled, "by ann"));
  thread.join();
  EXPECT_TRUE(HasReason(ended, Reason::kCancelled));
}

TEST(CancellableMutexTest, ADeadlineEndsTheWaiting) {
  CancellableMutex mutex;
  const auto held = mutex.Lock(Context::Background());
  const Context waiter = Context::Background().WithTimeout(
      absl::Milliseconds(10), MakeFailure(Reason::kDeadlineExceeded, "late"));
  EXPECT_TRUE(HasReason(mutex.Lock(waiter).status(), Reason::kDeadlineExceeded));
}

TEST(CancellableMutexTest, AnEndedContextGetsNothing) {
  CancellableMutex mutex;
  const Context ended = Context::Background().WithCancel();
  ended.Cancel(MakeFailure(Reason::kCancelled, "by ann"));
  EXPECT_FALSE(mutex.Lock(ended).ok());
  EXPECT_TRUE(mutex.Lock(Context::Background()).ok());
}

}  // namespace
}  // namespace wheelhouse
