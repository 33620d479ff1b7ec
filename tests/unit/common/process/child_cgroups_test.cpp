// Against the kernel: in groups of this test's own, as systemd delegates them. Without cgroup v2,
// or where it may not be written, nothing can be tested; without the memory controller (another
// process shares our group, or the controller belongs to cgroup v1), the bound of memory cannot.
// All of it runs with `systemd-run --wait --pipe -p Delegate=yes unit_common
// --gtest_filter='ChildCgroups*'`.
#include "common/process/child_cgroups.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <set>

#include "common/failure.h"
#include "common/process/supervisor.h"
#include "common/process/temp_folder.h"

namespace wheelhouse {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kNothingToDo = 77;

// systemd's hybrid layout has cgroup v2 beside cgroup v1.
std::optional<std::string> CgroupRoot() {
  for (const std::string& root :
       {std::string(kCgroupRoot), absl::StrCat(kCgroupRoot, "/unified")}) {
    struct statfs system{};
    if (statfs(root.c_str(), &system) == 0 && system.f_type == CGROUP2_SUPER_MAGIC) return root;
  }
  return std::nullopt;
}

std::string OwnFolder(const std::string& root) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::")) return absl::StrCat(root, line.substr(3));
  }
  return root;
}

// Where groups can be made. If this process is alone in its group, with the system's controllers.
std::string Base(const std::string& root) {
  static const std::string base = [&root] {
    const std::string own = OwnFolder(root);
    (void)ChildCgroups::Take(root);
    return own;
  }();
  return base;
}

std::set<std::string> FoldersOf(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) names.insert(entry.path().filename());
  }
  return names;
}

bool Enter(const std::string& folder) {
  std::ofstream procs(folder + "/cgroup.procs");
  procs << "0" << std::flush;
  return procs.good();
}

ProcessSpec Shell(const std::string& script) {
  return {.argv = {"sh", "-c", script}, .env = {{"PATH", "/usr/bin:/bin"}}};
}

class ChildCgroupsTest : public testing::Test {
 protected:
  // Runs `test` in a process that is alone in a new group, and passes what it finds wrong on.
  static void Alone(
      const std::function<void(const std::string& root, const std::string& own)>& test) {
    const auto root = CgroupRoot();
    if (!root.has_value()) GTEST_SKIP() << "cgroup v2 is not mounted";
    const std::string own = absl::StrCat(Base(*root), "/wheelhouse-test-", getpid());
    if (mkdir(own.c_str(), 0755) != 0) GTEST_SKIP() << own << " cannot be made";
    const pid_t pid = fork();
    if (pid == 0) {
      if (!Enter(own)) _exit(kNothingToDo);
      test(*root, own);
      _exit(HasFailure() || HasFatalFailure() ? 1 : IsSkipped() ? kNothingToDo : 0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    for (const std::string& name : FoldersOf(own)) rmdir(absl::StrCat(own, "/", name).c_str());
    EXPECT_EQ(rmdir(own.c_str()), 0) << "a process is left in " << own;
    if (WEXITSTATUS(status) == kNothingToDo) GTEST_SKIP() << "the system does not let us";
    EXPECT_EQ(status, 0);
  }

  const Context context_ = Context::Background().WithCancel();
};

TEST_F(ChildCgroupsTest, IsNotTakenFromOthers) {
  Alone([](const std::string& root, const std::string& own) {
    const pid_t other = fork();
    if (other == 0) {
      pause();
      _exit(1);
    }
    const auto taken = ChildCgroups::Take(root);
    EXPECT_THAT(std::string(taken.status().message()), HasSubstr("other processes are in"));
    EXPECT_THAT(FoldersOf(own), IsEmpty());
    kill(other, SIGKILL);
    waitpid(other, nullptr, 0);
  });
}

TEST_F(ChildCgroupsTest, NeedsVersionTwo) {
  EXPECT_THAT(std::string(ChildCgroups::Take("/proc").status().message()),
              HasSubstr("cgroup v2 is not mounted at /proc"));
}

TEST_F(ChildCgroupsTest, EachChildHasAGroupThatGoesWithIt) {
  Alone([this](const std::string& root, const std::string& own) {
    const auto cgroups = ChildCgroups::Take(root);
    ASSERT_TRUE(cgroups.ok()) << cgroups.status();
    auto supervisor = *Supervisor::Start(*cgroups);
    const auto result = supervisor->Run(context_, Shell("cat /proc/self/cgroup"));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(result->out, HasSubstr("/child-1\n"));
    EXPECT_EQ(result->exit_code, 0);
    ASSERT_TRUE(supervisor->Run(context_, Shell("exit 0")).ok());
    EXPECT_THAT(FoldersOf(own), Not(Contains("child-1")));
    supervisor.reset();
    EXPECT_THAT(FoldersOf(own), ElementsAre("daemon"));
  });
}

TEST_F(ChildCgroupsTest, WhatLeavesTheProcessGroupEndsWithTheChild) {
  Alone([this](const std::string& root, const std::string&) {
    auto supervisor = *Supervisor::Start(*ChildCgroups::Take(root));
    const auto folder = *TempFolder::Make(testing::TempDir(), "cgroups");
    ProcessSpec spec = Shell(
        "mkfifo line; setsid sh -c 'echo $$ >line; exec sleep 600 >/dev/null 2>&1' & "
        "read -r pid <line; echo $pid");
    spec.working_directory = folder->path();
    const auto result = supervisor->Run(context_, spec);
    ASSERT_TRUE(result.ok()) << result.status();
    pid_t escaped = 0;
    ASSERT_TRUE(absl::SimpleAtoi(absl::StripAsciiWhitespace(result->out), &escaped)) << result->out;
    // The supervisor ends it before it answers; what ends needs a moment to be gone.
    while (kill(escaped, 0) == 0) usleep(1000);
  });
}

TEST_F(ChildCgroupsTest, NoChildStartsWithoutItsGroup) {
  Alone([this](const std::string& root, const std::string& own) {
    auto supervisor = *Supervisor::Start(*ChildCgroups::Take(root));
    std::ofstream(own + "/cgroup.max.descendants") << "1";  // `daemon`
    const absl::Status refused = supervisor->Run(context_, Shell("exit 0")).status();
    EXPECT_EQ(ReasonOf(refused), Reason::kInternal);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("/child-1: Resource temporarily"));
    std::ofstream(own + "/cgroup.max.descendants") << "max";
    EXPECT_TRUE(supervisor->Run(context_, Shell("exit 0")).ok());
  });
}

TEST_F(ChildCgroupsTest, AChildAndWhatItStartsShareOneBoundOfMemory) {
  Alone([this](const std::string& root, const std::string&) {
    const auto cgroups = ChildCgroups::Take(root);
    ASSERT_TRUE(cgroups.ok()) << cgroups.status();
    if (!cgroups->controllers().contains("memory")) GTEST_SKIP();
    auto supervisor = *Supervisor::Start(*cgroups);
    supervisor->Limit({.memory_bytes = 128 << 20});
    // Neither needs 128 MiB, both do.
    const std::string half = "head -c 80000000 /dev/zero | tail -c 80000000 | sleep 600";
    const auto result = supervisor->Run(context_, Shell(absl::StrCat(half, " & ", half)));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->signal, SIGKILL);
    EXPECT_TRUE(result->out_of_memory);
    EXPECT_EQ(ReasonOf(CheckWithinLimits(*result, "helm")), Reason::kChildOutOfMemory);
    // Not the next one, which is within its bound.
    const auto next = supervisor->Run(context_, Shell("exit 3"));
    ASSERT_TRUE(next.ok()) << next.status();
    EXPECT_FALSE(next->out_of_memory);
  });
}

TEST_F(ChildCgroupsTest, ALeftoverOfTheSameNameIsKilled) {
  Alone([](const std::string& root, const std::string& own) {
    const auto cgroups = ChildCgroups::Take(root);
    ASSERT_TRUE(cgroups.ok()) << cgroups.status();
    const ChildCgroup before = *cgroups->Make(1, {});
    const pid_t left = fork();
    if (left == 0) {
      if (before.Enter().ok()) pause();
      _exit(1);
    }
    const auto is_in = [&own] {
      std::ifstream procs(own + "/child-1/cgroup.procs");
      return procs.peek() != std::ifstream::traits_type::eof();
    };
    while (!is_in()) usleep(1000);
    const ChildCgroup again = *cgroups->Make(1, {});
    int status = 0;
    waitpid(left, &status, 0);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    EXPECT_TRUE(again.Remove());
  });
}

}  // namespace
}  // namespace wheelhouse
