#include "server/helm/process_slots.h"

#include <gtest/gtest.h>

#include <thread>

namespace wheelhouse::helm {
namespace {

const Context kForever = Context::Background();

// Whether one could be taken at once; it is given back.
bool IsFree(ProcessSlots& slots, SlotUse use) {
  const Context ended = kForever.WithCancel();
  ended.Cancel(absl::CancelledError("at once"));
  if (!slots.Take(ended, use).ok()) return false;
  slots.Free(use);
  return true;
}

TEST(ProcessSlots, ChangesTakeAsManyAsThereAreAndLeaveOneToReadAndOneToUndo) {
  ProcessSlots slots(2);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(slots.Take(kForever, SlotUse::kChanges).ok());
  EXPECT_FALSE(IsFree(slots, SlotUse::kChanges));
  ASSERT_TRUE(slots.Take(kForever, SlotUse::kReads).ok());
  EXPECT_FALSE(IsFree(slots, SlotUse::kReads));
  ASSERT_TRUE(slots.Take(kForever, SlotUse::kUndoes).ok());
  EXPECT_FALSE(IsFree(slots, SlotUse::kUndoes));
}

TEST(ProcessSlots, ReadingLeavesOneToUndoAndTakesNoneOfTheOthersItself) {
  ProcessSlots slots(1);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(slots.Take(kForever, SlotUse::kReads).ok());
  EXPECT_FALSE(IsFree(slots, SlotUse::kReads));
  EXPECT_FALSE(IsFree(slots, SlotUse::kChanges));
  EXPECT_TRUE(IsFree(slots, SlotUse::kUndoes));
  slots.Free(SlotUse::kReads);
  EXPECT_TRUE(IsFree(slots, SlotUse::kChanges));
}

TEST(ProcessSlots, WhoWaitsGetsTheSlotThatIsFreed) {
  ProcessSlots slots(1);
  ASSERT_TRUE(slots.Take(kForever, SlotUse::kChanges).ok());
  std::thread waits([&] { EXPECT_TRUE(slots.Take(kForever, SlotUse::kChanges).ok()); });
  slots.Free(SlotUse::kChanges);
  waits.join();
}

TEST(ProcessSlots, WhatIsTakenAndWhoWaitsIsCountedByUse) {
  ProcessSlots slots(1);
  const auto counts = [&slots] { return slots.Counts()[static_cast<size_t>(SlotUse::kChanges)]; };
  ASSERT_TRUE(slots.Take(kForever, SlotUse::kChanges).ok());
  EXPECT_EQ(counts().taken, 1);
  EXPECT_EQ(counts().waiting, 0);
  const Context context = kForever.WithCancel();
  std::thread waits([&] { EXPECT_FALSE(slots.Take(context, SlotUse::kChanges).ok()); });
  while (counts().waiting == 0) std::this_thread::yield();
  context.Cancel(absl::CancelledError("no more"));
  waits.join();
  EXPECT_EQ(counts().waiting, 0) << "who gives up waits no more";
  slots.Free(SlotUse::kChanges);
  EXPECT_EQ(counts().taken, 0);
}

TEST(ProcessSlots, WhoWaitsTooLongIsToldWhy) {
  ProcessSlots slots(1);
  ASSERT_TRUE(slots.Take(kForever, SlotUse::kChanges).ok());
  const Context brief =
      kForever.WithTimeout(absl::Milliseconds(1), absl::DeadlineExceededError("too long"));
  EXPECT_EQ(slots.Take(brief, SlotUse::kChanges), absl::DeadlineExceededError("too long"));
}

}  // namespace
}  // namespace wheelhouse::helm
