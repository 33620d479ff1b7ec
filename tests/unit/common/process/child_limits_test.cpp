#include "common/process/child_limits.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>

#include "common/failure.h"
#include "common/process/child_streams.h"

namespace wheelhouse {
namespace {

bool Says(int exit_code, const std::string& err) {
  return HasReason(CheckWithinLimits({.exit_code = exit_code, .err = err}, "helm"),
                   Reason::kChildOutOfMemory);
}

constexpr uid_t kNobody = 65534;

std::string Read(const std::string& path) {
  std::string text;
  std::getline(std::ifstream(path) >> std::ws, text);
  return text;
}

// As a process begins that root has not started, on a machine where core dumps are wanted.
void BeginAsNobody() {
  for (const rlim_t most : {RLIM_INFINITY, rlim_t{1} << 20}) {
    const rlimit core{most, most};
    if (setrlimit(RLIMIT_CORE, &core) == 0) break;
  }
  if (geteuid() == 0 && setresuid(kNobody, kNobody, kNobody) != 0) _exit(1);
  prctl(PR_SET_DUMPABLE, 1);  // as exec does
  std::ofstream("/proc/self/coredump_filter") << "0x33";
}

// Who may see what is in the memory of this process: by a core dump, or by looking into it.
std::string Privacy() {
  rlimit core{};
  getrlimit(RLIMIT_CORE, &core);
  return absl::StrCat(core.rlim_max == 0 && core.rlim_cur == 0 ? "no core" : "core",
                      ", parts of it ", Read("/proc/self/coredump_filter"), ", dumpable ",
                      prctl(PR_GET_DUMPABLE));
}

// What `look` finds in a process that has begun as nobody's.
std::string InAProcess(const std::function<std::string()>& look) {
  Pipe pipe = *MakePipe();
  const pid_t child = fork();
  if (child == 0) {
    BeginAsNobody();
    const std::string found = look();
    (void)!write(pipe.write.get(), found.data(), found.size());
    _exit(0);
  }
  pipe.write.Close();
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  char text[200];
  const ssize_t size = read(pipe.read.get(), text, sizeof(text));
  return {text, static_cast<size_t>(std::max<ssize_t>(size, 0))};
}

class PrivateMemory : public testing::Test {
 protected:
  void SetUp() override {
    const std::string begins = InAProcess(Privacy);
    if (begins != "core, parts of it 00000033, dumpable 1")
      GTEST_SKIP() << "nothing can be seen where a process begins with " << begins;
  }
};

TEST_F(PrivateMemory, TheDaemonLeavesNoCoreAndLetsNobodyLookIntoIt) {
  EXPECT_EQ(InAProcess([] {
              KeepMemoryPrivate();
              return Privacy();
            }),
            "no core, parts of it 00000000, dumpable 0");
}

TEST_F(PrivateMemory, AChildLeavesNoCoreWhoeverStartsIt) {
  EXPECT_EQ(InAProcess([] {
              ApplyToThisProcess({});
              return Privacy();
            }),
            "no core, parts of it 00000033, dumpable 1");
}

// Only what is dumpable may write its own score unless it is root's.
TEST_F(PrivateMemory, AChildOfTheDaemonKeepsItsCoreEmptyAndIsTakenBeforeItWhenMemoryIsShort) {
  EXPECT_EQ(InAProcess([] {
              KeepMemoryPrivate();
              const int daemons = std::stoi(Read("/proc/self/oom_score_adj"));
              ApplyToThisProcess({});
              const int more = std::stoi(Read("/proc/self/oom_score_adj")) - daemons;
              return absl::StrCat(Privacy(), ", score ", more);
            }),
            "no core, parts of it 00000000, dumpable 1, score 500");
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
  EXPECT_TRUE(ended({.exit_code = 128 + SIGKILL, .signal = SIGKILL}).ok());
}

}  // namespace
}  // namespace wheelhouse
