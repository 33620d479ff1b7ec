#include "server/memory/free_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <thread>
#include <vector>

namespace wheelhouse {
namespace {

constexpr uint64_t kMiB = 1 << 20;

TEST(TrimRule, WhatHasBecomeFreeSinceTheLastTimeCounts) {
  TrimRule rule;
  EXPECT_FALSE(rule.IsWorthIt(20 * kMiB));
  EXPECT_TRUE(rule.IsWorthIt(100 * kMiB));
  EXPECT_FALSE(rule.IsWorthIt(100 * kMiB)) << "it was given back";
  EXPECT_FALSE(rule.IsWorthIt(120 * kMiB));
  EXPECT_TRUE(rule.IsWorthIt(140 * kMiB));
  EXPECT_FALSE(rule.IsWorthIt(10 * kMiB)) << "it is used again";
  EXPECT_TRUE(rule.IsWorthIt(90 * kMiB)) << "and free again";
}

uint64_t Resident() {
  uint64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

TEST(FreeMemory, ComesBackAlthoughSomethingAboveItIsKept) {
  FreeMemory free_memory(absl::Milliseconds(1));
  const uint64_t before = Resident();
  std::vector<std::unique_ptr<std::vector<char>>> blocks;
  for (int i = 0; i < 200'000; ++i) blocks.push_back(std::make_unique<std::vector<char>>(1000));
  const uint64_t taken = Resident() - before;
  EXPECT_GT(taken, 150 * kMiB);
  for (auto block = blocks.begin(); block != blocks.end() - 1; ++block) block->reset();
  while (Resident() > before + taken / 2) std::this_thread::yield();
}

}  // namespace
}  // namespace wheelhouse
