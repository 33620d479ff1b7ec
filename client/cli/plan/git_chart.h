// Charts in folders of Git repositories, at a commit. The user's own git fetches them, with the
// user's configuration and credentials; the daemon gets the packed chart, and never runs git.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

struct GitChart {
  std::string url;     // https://, http://, ssh:// or user@host:path
  std::string commit;  // all 40 or 64 hex digits of its hash; empty until the lock file has it
  std::string path;    // of the chart's folder in the repository; `.` is its root
  std::string ref;     // a branch or tag, or `refs/...`, where the plan does not name a commit
};

// What is wrong with a field, as `must be ...`; empty when nothing is. Other protocols are refused:
// git would run programs, or read files of this machine, that a plan names.
std::string WrongWithGitUrl(const std::string& url);
std::string WrongWithCommit(const std::string& commit);
std::string WrongWithGitRef(const std::string& ref);
std::string WrongWithGitPath(const std::string& path);

// The commit that the chart's ref means now. INVALID_ARGUMENT says what git says.
absl::StatusOr<std::string> ResolveGitRef(const GitChart& chart);

// The chart's archive, in the user's cache (XDG_CACHE_HOME), where it stays for the next time: a
// commit never changes. Fetches it when it is not there: only the folder is packed, as a chart's
// folder is, no hook and no filter of the repository runs, and submodules are left out. INVALID_
// ARGUMENT says what git says, in minutes at most.
absl::StatusOr<std::string> FetchGitChart(const GitChart& chart);

}  // namespace wheelhouse::cli
