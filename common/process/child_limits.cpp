#include "common/process/child_limits.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "common/failure.h"

namespace wheelhouse {
namespace {

constexpr rlim_t kDescriptors = 1024;
constexpr int kOomScore = 500;  // of -1000 to 1000

// No more than the limit that is there already.
void Lower(int resource, rlim_t most) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
  now.rlim_max = std::min(now.rlim_max, most);
  now.rlim_cur = now.rlim_max;
  setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

// SIGXCPU first; SIGKILL for what goes on, as programs in Go do.
void LowerCpu(rlim_t seconds) {
  constexpr rlim_t kGrace = 1;
  Lower(RLIMIT_CPU, seconds + kGrace);
  rlimit now{};
  if (getrlimit(RLIMIT_CPU, &now) != 0) return;
  now.rlim_cur = std::min(now.rlim_cur, seconds);
  setrlimit(RLIMIT_CPU, &now);
}

void WriteTo(const char* path, absl::string_view text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, text.data(), text.size());
  close(fd);
}

int OomScore() {
  char text[16] = {};
  const int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  (void)!read(fd, text, sizeof(text) - 1);
  close(fd);
  return std::atoi(text);
}

bool RanOutOfMemory(const ProcessResult& result) {
  if (result.exit_code == 0) return false;
  if (result.out_of_memory) return true;
  for (const absl::string_view line : absl::StrSplit(result.err, '\n')) {
    // Go's runtime, in several wordings; a stack that cannot grow is memory, too.
    if (absl::StartsWith(line, "fatal error: ") &&
        (absl::StrContains(line, "out of memory") || absl::StrContains(line, "allocate memory") ||
         absl::StrContains(line, "stack overflow")))
      return result.exit_code == 2;
  }
  const absl::string_view last =
      absl::string_view(result.err)
          .substr(result.err.size() - std::min<size_t>(result.err.size(), 1000));
  for (const char* words : {"Cannot allocate memory", "MemoryError", "std::bad_alloc"}) {
    if (absl::StrContains(last, words)) return true;
  }
  return false;
}

// Also of those that the kernel had to kill: the supervisor says so.
bool RanOutOfCpu(const ProcessResult& result) { return result.signal == SIGXCPU; }

}  // namespace

std::map<std::string, std::string> WithGoLimits(const ChildLimits& limits,
                                                std::map<std::string, std::string> env) {
  // Below the limit, so that garbage is collected before the limit is met.
  if (limits.memory_bytes != 0)
    env.emplace("GOMEMLIMIT", absl::StrCat(limits.memory_bytes / 4 * 3));
  if (limits.cpus != 0) env.emplace("GOMAXPROCS", absl::StrCat(limits.cpus));
  return env;
}

void ApplyToThisProcess(const ChildLimits& limits) {
  if (limits.memory_bytes != 0 && kCanBoundMemory) Lower(RLIMIT_DATA, limits.memory_bytes);
  if (limits.file_bytes != 0) Lower(RLIMIT_FSIZE, limits.file_bytes);
  if (limits.cpu_seconds != 0) LowerCpu(static_cast<rlim_t>(limits.cpu_seconds));
  Lower(RLIMIT_NOFILE, kDescriptors);
  Lower(RLIMIT_CORE, 0);
  prctl(PR_SET_DUMPABLE, 1);  // until exec: otherwise only root may write there
  WriteTo("/proc/self/oom_score_adj", absl::StrCat(std::min(OomScore() + kOomScore, 1000)));
}

void KeepMemoryPrivate() {
  Lower(RLIMIT_CORE, 0);
  // A handler that core_pattern names is called whatever the limit is: it gets no memory. Children
  // inherit this.
  WriteTo("/proc/self/coredump_filter", "0");
  prctl(PR_SET_DUMPABLE, 0);
}

absl::Status CheckWithinLimits(const ProcessResult& result, absl::string_view child) {
  if (RanOutOfMemory(result)) {
    return MakeFailure(Reason::kChildOutOfMemory,
                       absl::StrCat(child,
                                    " needed more memory than children.memoryBytes of "
                                    "wheelhoused.yaml allows"));
  }
  if (RanOutOfCpu(result)) {
    return MakeFailure(Reason::kChildOutOfCpu,
                       absl::StrCat(child,
                                    " used more CPU time than children.cpuTime of "
                                    "wheelhoused.yaml allows"));
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse
