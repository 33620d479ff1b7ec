#include "common/process/supervisor.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "common/boot_clock.h"
#include "common/failure.h"
#include "common/fence.h"
#include "common/process/child_limits.h"
#include "common/process/child_streams.h"

namespace wheelhouse {
namespace {

class SupervisorTest : public testing::Test {
 protected:
  std::unique_ptr<Supervisor> supervisor_ = *Supervisor::Start();
  const Context context_ = Context::Background().WithCancel();
  static ProcessSpec Shell(const std::string& script) {
    return {.argv = {"sh", "-c", script}, .env = {{"PATH", "/usr/bin:/bin"}, {"COLOR", "blue"}}};
  }
};

TEST_F(SupervisorTest, GivesOutputAndExitCode) {
  std::vector<std::string> lines;
  ProcessSpec spec = Shell("cat; echo $COLOR; echo one >&2; echo two >&2; exit 3");
  spec.stdin_data = "in ";
  spec.on_stderr_line = [&](absl::string_view line) { lines.emplace_back(line); };
  const auto result = supervisor_->Run(context_, spec);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->out, "in blue\n");
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
}

TEST_F(SupervisorTest, TellsLinesOfBothStreamsAsTheyCome) {
  std::vector<std::string> out, err;
  ProcessSpec spec = Shell("printf 'one\\ntwo'; echo three >&2");
  spec.on_stdout_line = [&](absl::string_view line) { out.emplace_back(line); };
  spec.on_stderr_line = [&](absl::string_view line) { err.emplace_back(line); };
  ASSERT_TRUE(supervisor_->Run(context_, spec).ok());
  EXPECT_EQ(out, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(err, (std::vector<std::string>{"three"}));
}

TEST_F(SupervisorTest, HandsOverDescriptorsAndNoOthers) {
  Pipe first = *MakePipe(), second = *MakePipe();
  ProcessSpec spec = Shell(
      "sh -c 'echo grandchild >&3'; echo child >&4; (echo none >&5) 2>/dev/null || echo closed");
  spec.descriptors = {first.write.get(), second.write.get()};
  const auto result = supervisor_->Run(context_, spec);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->out, "closed\n");
  char text[32];
  EXPECT_EQ(absl::string_view(text, read(first.read.get(), text, 32)), "grandchild\n");
  EXPECT_EQ(absl::string_view(text, read(second.read.get(), text, 32)), "child\n");
}

TEST_F(SupervisorTest, TellsWhenStdoutIsCutButKeepsTheTailOfStderr) {
  ProcessSpec spec = Shell("printf 12345; printf 12345 >&2");
  spec.stdout_limit = spec.stderr_limit = 4;
  const auto cut = supervisor_->Run(context_, spec);
  EXPECT_EQ(cut->out, "1234");
  EXPECT_EQ(cut->err, "2345");
  EXPECT_TRUE(cut->truncated);
  spec.stdout_limit = 5;
  EXPECT_FALSE(supervisor_->Run(context_, spec)->truncated);
}

TEST_F(SupervisorTest, InheritsNoEnvironment) {
  setenv("WHEELHOUSE_LEAK", "1", 1);
  EXPECT_EQ(supervisor_->Run(context_, Shell("echo ${WHEELHOUSE_LEAK:-none}"))->out, "none\n");
}

TEST_F(SupervisorTest, BoundsWhatAChildMayTake) {
  supervisor_->Limit({.memory_bytes = 400 << 20, .file_bytes = 1 << 20, .cpus = 3});
  ProcessSpec spec = Shell(
      "ulimit -H -c; ulimit -n; ulimit -f; ulimit -d; cat /proc/self/oom_score_adj; "
      "echo $GOMEMLIMIT $GOMAXPROCS");
  EXPECT_EQ(supervisor_->Run(context_, spec)->out,
            absl::StrCat("0\n1024\n2048\n", kCanBoundMemory ? "409600" : "unlimited",
                         "\n500\n314572800 3\n"));
  spec.env["GOMAXPROCS"] = "1";
  EXPECT_THAT(supervisor_->Run(context_, spec)->out, testing::EndsWith("314572800 1\n"));
}

TEST_F(SupervisorTest, EndsAChildThatTakesTooMuchMemory) {
  supervisor_->Limit({.memory_bytes = 128 << 20});
  const auto result =
      supervisor_->Run(context_, Shell("exec dd if=/dev/zero of=/dev/null bs=1G count=1"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->exit_code != 0, kCanBoundMemory);
}

TEST_F(SupervisorTest, EndsAChildThatTakesTooMuchCpuTime) {
  supervisor_->Limit({.cpu_seconds = 1});
  const auto result = supervisor_->Run(context_, Shell("while :; do :; done"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->signal, SIGXCPU);
  // As programs in Go do.
  const auto goes_on = supervisor_->Run(context_, Shell("trap '' XCPU; while :; do :; done"));
  ASSERT_TRUE(goes_on.ok()) << goes_on.status();
  EXPECT_EQ(goes_on->signal, SIGXCPU);
  EXPECT_EQ(supervisor_->Run(context_, Shell("kill -KILL $$"))->signal, SIGKILL);
  EXPECT_EQ(supervisor_->Run(context_, Shell("sleep 2; echo slept"))->out, "slept\n");
}

TEST_F(SupervisorTest, SaysThatAProgramIsMissing) {
  EXPECT_EQ(supervisor_->Run(context_, {.argv = {"/no/such/program"}}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(SupervisorTest, TellsAProgramThatMayNotBeRunFromOneThatIsMissing) {
  EXPECT_EQ(supervisor_->Run(context_, {.argv = {"/etc/passwd"}}).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(SupervisorTest, RefusesMoreDescriptorsThanAChildCanHave) {
  ProcessSpec spec = Shell("true");
  spec.descriptors = std::vector<int>(kMostDescriptors + 1, STDOUT_FILENO);
  EXPECT_TRUE(HasReason(supervisor_->Run(context_, spec).status(), Reason::kInternal));
}

TEST_F(SupervisorTest, ALineWithoutAnEndIsToldInParts) {
  size_t longest = 0, all = 0;
  ProcessSpec spec = Shell("head -c 1000000 /dev/zero | tr '\\0' x");
  spec.on_stdout_line = [&](absl::string_view line) {
    longest = std::max(longest, line.size());
    all += line.size();
  };
  ASSERT_TRUE(supervisor_->Run(context_, spec).ok());
  EXPECT_EQ(all, 1'000'000u);
  EXPECT_LE(longest, 128u << 10);
}

TEST_F(SupervisorTest, CancelEndsTheWholeGroup) {
  ProcessSpec spec = Shell("sleep 600 & echo started >&2; wait");
  spec.on_stderr_line = [&](absl::string_view) {
    context_.Cancel(MakeFailure(Reason::kCancelled, "by ann"));
  };
  EXPECT_TRUE(HasReason(supervisor_->Run(context_, spec).status(), Reason::kCancelled));
}

TEST_F(SupervisorTest, KillsWhatIgnoresSigterm) {
  ProcessSpec spec = Shell("trap '' TERM; echo started >&2; while :; do sleep 1; done");
  spec.grace = absl::Milliseconds(50);
  spec.on_stderr_line = [&](absl::string_view) {
    context_.Cancel(MakeFailure(Reason::kCancelled, "by ann"));
  };
  EXPECT_TRUE(HasReason(supervisor_->Run(context_, spec).status(), Reason::kCancelled));
}

TEST_F(SupervisorTest, DoesNotWaitForWhatLeftTheGroupAndHoldsThePipes) {
  const auto result =
      supervisor_->Run(context_, Shell("{ setsid sh -c 'echo out; exec yes >&2' & } | head -n 1"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->out, "out\n");
}

TEST_F(SupervisorTest, ReadsAllThatAChildWroteBeforeItEnded) {
  ProcessSpec spec = Shell("head -c 1000000 /dev/zero | tr '\\0' x");
  spec.stdout_limit = 2'000'000;
  EXPECT_EQ(supervisor_->Run(context_, spec)->out.size(), 1'000'000);
}

TEST_F(SupervisorTest, EndsWithWhatLeftTheGroup) {
  const auto result = supervisor_->Run(
      context_, Shell("{ setsid sh -c 'echo $$; exec sleep 600 2>/dev/null' & } | head -n 1"));
  ASSERT_TRUE(result.ok()) << result.status();
  const int pid = std::atoi(result->out.c_str());
  ASSERT_GT(pid, 0);
  ASSERT_EQ(kill(pid, 0), 0);
  supervisor_.reset();
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST_F(SupervisorTest, TellsASignalThatEndedTheChild) {
  const auto result = supervisor_->Run(context_, Shell("kill -9 $$"));
  EXPECT_EQ(result->signal, SIGKILL);
  EXPECT_EQ(result->exit_code, 137);
}

class FencedChild : public SupervisorTest {
 protected:
  absl::Duration In(double seconds) { return clock_.Now() + absl::Seconds(seconds); }

  const SystemBootClock clock_;
  const std::shared_ptr<Fence> fence_ = std::make_shared<Fence>(clock_);
  const Context behind_ = context_.WithFence(fence_);
};

TEST_F(FencedChild, IsKilledAtTheBoundThoughItIgnoresSigterm) {
  fence_->MoveBound(In(0.3));
  ProcessSpec spec = Shell("trap '' TERM; while :; do sleep 1; done");
  spec.grace = absl::Hours(1);
  EXPECT_TRUE(HasReason(supervisor_->Run(behind_, spec).status(), Reason::kLeaseLost));
}

TEST_F(FencedChild, GoesOnWhenTheBoundIsMovedOn) {
  fence_->MoveBound(In(0.3));
  ProcessSpec spec = Shell("echo started >&2; sleep 1; echo done");
  spec.on_stderr_line = [&](absl::string_view) { fence_->MoveBound(In(600)); };
  const auto result = supervisor_->Run(behind_, spec);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->out, "done\n");
}

TEST_F(FencedChild, IsKilledWithoutGraceWhenTheFenceIsShut) {
  fence_->MoveBound(In(600));
  ProcessSpec spec = Shell("trap '' TERM; echo started >&2; while :; do sleep 1; done");
  spec.grace = absl::Hours(1);
  spec.on_stderr_line = [&](absl::string_view) {
    fence_->Shut(MakeFailure(Reason::kLeaseLost, "taken over"));
  };
  EXPECT_TRUE(HasReason(supervisor_->Run(behind_, spec).status(), Reason::kLeaseLost));
}

// The daemon's threads stand still: only the supervisor is left to do it.
TEST_F(FencedChild, IsKilledAtTheBoundWhileTheDaemonIsFrozen) {
  fence_->MoveBound(In(0.3));
  ProcessSpec spec = Shell("echo $$ >&2; while :; do sleep 1; done");
  spec.on_stderr_line = [&](absl::string_view pid) {
    // This thread is the one that would see to the child.
    const int group = std::stoi(std::string(pid));
    while (kill(-group, 0) == 0) usleep(10'000);
  };
  EXPECT_TRUE(HasReason(supervisor_->Run(behind_, spec).status(), Reason::kLeaseLost));
}

TEST_F(FencedChild, IsNotStartedPastTheBound) {
  fence_->MoveBound(In(-1));
  bool started = false;
  ProcessSpec spec = Shell("echo started >&2");
  spec.on_stderr_line = [&](absl::string_view) { started = true; };
  EXPECT_TRUE(HasReason(supervisor_->Run(behind_, spec).status(), Reason::kLeaseLost));
  EXPECT_FALSE(started);
}

}  // namespace
}  // namespace wheelhouse
