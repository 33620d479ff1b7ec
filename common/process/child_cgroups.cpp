#include "common/process/child_cgroups.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/failure.h"
#include "common/process/child_streams.h"
#include "common/process/temp_folder.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

constexpr size_t kLargestFile = 64 << 10;  // of a group's own files
constexpr int kMostThreads = 1024;         // of a child and all that it starts
constexpr int kPeriod = 100'000;           // of cpu.max, in microseconds: the kernel's default

absl::Status ErrnoStatus(absl::string_view path) {
  const std::string text = absl::StrCat(path, ": ", strerror(errno));
  return errno == EACCES || errno == EPERM || errno == EROFS ? absl::PermissionDeniedError(text)
                                                             : absl::FailedPreconditionError(text);
}

absl::Status WriteTo(const std::string& path, absl::string_view text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus(path);
  if (write(file.get(), text.data(), text.size()) < 0) return ErrnoStatus(path);
  return absl::OkStatus();
}

// Whether it was not there before.
absl::StatusOr<bool> MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0) return true;
  if (errno == EEXIST) return false;
  return ErrnoStatus(path);
}

// The group of this process, from `0::/system.slice/wheelhoused.service`.
absl::StatusOr<std::string> OwnGroup() {
  ASSIGN_OR_RETURN(const std::string text, ReadBounded("/proc/self/cgroup", kLargestFile));
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, "0::")) return std::string(line == "/" ? "" : line);
  }
  return absl::FailedPreconditionError("the kernel has no cgroup v2");
}

absl::Status CheckIsAlone(const std::string& group) {
  ASSIGN_OR_RETURN(const std::string processes,
                   ReadBounded(absl::StrCat(group, "/cgroup.procs"), kLargestFile));
  if (absl::StripAsciiWhitespace(processes) == absl::StrCat(getpid())) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("other processes are in ", group, ", too"));
}

// Which of the bounds that we set the system lets us set.
absl::StatusOr<std::set<std::string>> Controllers(const std::string& group) {
  ASSIGN_OR_RETURN(const std::string text,
                   ReadBounded(absl::StrCat(group, "/cgroup.controllers"), kLargestFile));
  std::set<std::string> found;
  for (const absl::string_view name : absl::StrSplit(absl::StripAsciiWhitespace(text), ' ')) {
    if (name == "cpu" || name == "memory" || name == "pids") found.emplace(name);
  }
  return found;
}

}  // namespace

absl::Status ChildCgroup::Enter() const {
  return WriteTo(absl::StrCat(folder_, "/cgroup.procs"), "0");  // 0: who writes
}

void ChildCgroup::Kill() const {
  WriteTo(absl::StrCat(folder_, "/cgroup.kill"), "1").IgnoreError();
}

bool ChildCgroup::RanOutOfMemory() const {
  const auto events = ReadBounded(absl::StrCat(folder_, "/memory.events"), kLargestFile);
  if (!events.ok()) return false;  // without the memory controller
  for (absl::string_view line : absl::StrSplit(*events, '\n')) {
    int64_t times = 0;
    if (absl::ConsumePrefix(&line, "oom_kill ")) return absl::SimpleAtoi(line, &times) && times > 0;
  }
  return false;
}

bool ChildCgroup::Remove() const { return rmdir(folder_.c_str()) == 0 || errno == ENOENT; }

absl::StatusOr<ChildCgroups> ChildCgroups::Take(const std::string& root) {
  struct statfs system{};
  if (statfs(root.c_str(), &system) != 0 || system.f_type != CGROUP2_SUPER_MAGIC)
    return absl::FailedPreconditionError(absl::StrCat("cgroup v2 is not mounted at ", root));
  ASSIGN_OR_RETURN(const std::string own, OwnGroup());
  const std::string folder = absl::StrCat(root, own);
  RETURN_IF_ERROR(CheckIsAlone(folder));
  ASSIGN_OR_RETURN(std::set<std::string> controllers, Controllers(folder));
  const std::string daemon = absl::StrCat(folder, "/daemon");
  RETURN_IF_ERROR(MakeFolder(daemon).status());
  RETURN_IF_ERROR(WriteTo(absl::StrCat(daemon, "/cgroup.procs"), "0"));
  std::erase_if(controllers, [&](const std::string& name) {
    return !WriteTo(absl::StrCat(folder, "/cgroup.subtree_control"), absl::StrCat("+", name)).ok();
  });
  return ChildCgroups(folder, std::move(controllers));
}

absl::StatusOr<ChildCgroup> ChildCgroups::MakeBound(const std::string& folder,
                                                    const ChildLimits& limits) const {
  ASSIGN_OR_RETURN(const bool is_new, MakeFolder(folder));
  ChildCgroup group(folder);
  if (!is_new) group.Kill();
  const auto set = [&folder](absl::string_view file, absl::string_view value) {
    return WriteTo(absl::StrCat(folder, "/", file), value);
  };
  if (controllers_.contains("memory") && limits.memory_bytes != 0) {
    RETURN_IF_ERROR(set("memory.max", absl::StrCat(limits.memory_bytes)));
    RETURN_IF_ERROR(set("memory.oom.group", "1"));
    // The file is missing where the kernel knows no swap.
    set("memory.swap.max", "0").IgnoreError();
  }
  if (controllers_.contains("pids")) RETURN_IF_ERROR(set("pids.max", absl::StrCat(kMostThreads)));
  if (controllers_.contains("cpu") && limits.cpus != 0)
    RETURN_IF_ERROR(set("cpu.max", absl::StrCat(limits.cpus * kPeriod, " ", kPeriod)));
  return group;
}

absl::StatusOr<ChildCgroup> ChildCgroups::Make(int64_t id, const ChildLimits& limits) const {
  auto group = MakeBound(absl::StrCat(folder_, "/child-", id), limits);
  if (group.ok()) return group;
  return MakeFailure(Reason::kInternal, std::string(group.status().message()));
}

}  // namespace wheelhouse
