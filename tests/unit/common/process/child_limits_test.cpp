#include "common/process/child_limits.h"

#include <gtest/gtest.h>

#include <csignal>

#include "common/failure.h"

namespace wheelhouse {
namespace {

bool Says(int exit_code, const std::string& err) {
  return HasReason(CheckWithinLimits({.exit_code = exit_code, .err = err}, "helm"),
                   Reason::kChildOutOfMemory);
}

// As helm 3.22 and 4.3 end under RLIMIT_DATA.
TEST(ChildOutOfMemory, IsToldByWhatTheChildSays) {
  EXPECT_TRUE(Says(2, "fatal error: runtime: out of memory\n\nruntime stack:\n"));
  EXPECT_TRUE(Says(2,
                   "runtime: mmap(0xc1, 64) returned 12\n"
                   "fatal error: out of memory allocating heap arena metadata\n"));
  EXPECT_TRUE(Says(2, "fatal error: runtime: cannot allocate memory\n"));
  EXPECT_TRUE(Says(2, "runtime: goroutine stack exceeds\nfatal error: stack overflow\n"));
  EXPECT_TRUE(Says(2, "sh: 1: Cannot fork: Cannot allocate memory\n"));
  EXPECT_TRUE(Says(1, "Traceback (most recent call last):\nMemoryError\n"));
}

TEST(ChildOutOfMemory, IsNotWhatAChartMaySay) {
  EXPECT_FALSE(Says(0, "fatal error: runtime: out of memory\n"));
  EXPECT_FALSE(
      Says(1, "fatal error: runtime: out of memory\nError: execution error at (a.yaml:1:4)\n"));
  EXPECT_FALSE(Says(1, "Error: the pod is out of memory\n"));
  EXPECT_FALSE(Says(2, "fatal error: all goroutines are asleep - deadlock!\n"));
}

TEST(ChildOutOfCpu, IsToldByTheSignal) {
  const auto ended = [](const ProcessResult& result) { return CheckWithinLimits(result, "helm"); };
  const absl::Status killed = ended({.exit_code = 128 + SIGXCPU, .signal = SIGXCPU});
  EXPECT_TRUE(HasReason(killed, Reason::kChildOutOfCpu));
  EXPECT_EQ(killed.message(),
            "helm used more CPU time than children.cpuTime of wheelhoused.yaml allows");
  // Go's runtime catches it.
  EXPECT_TRUE(HasReason(ended({.exit_code = 2, .err = "SIGXCPU: cpu limit exceeded\nPC=0x47\n"}),
                        Reason::kChildOutOfCpu));
  EXPECT_TRUE(ended({.exit_code = 1, .err = "SIGXCPU: cpu limit exceeded\n"}).ok());
  EXPECT_TRUE(ended({.exit_code = 128 + SIGKILL, .signal = SIGKILL}).ok());
}

}  // namespace
}  // namespace wheelhouse
