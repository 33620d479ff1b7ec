#include "client/cli/plan/git_chart.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "client/cli/plan/chart_packer.h"
#include "client/cli/plan/git_repository.h"
#include "client/cli/shell/files.h"
#include "common/process/temp_folder.h"
#include "common/sha256.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostKept = 200;  // charts in the cache

absl::StatusOr<fs::path> CacheFolder() {
  const char* const cache = getenv("XDG_CACHE_HOME");
  const char* const home = getenv("HOME");
  fs::path folder;
  if (cache != nullptr && *cache == '/') {
    folder = cache;
  } else if (home != nullptr && *home == '/') {
    folder = fs::path(home) / ".cache";
  } else {
    return absl::InvalidArgumentError("set HOME or XDG_CACHE_HOME: charts from Git are kept there");
  }
  folder /= "wheelhouse/git";
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error)
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write ", folder.string(), ": ", error.message()));
  return folder;
}

// What was not used for longest goes; what a killed process left goes after a day.
void Tidy(const fs::path& folder) {
  std::vector<std::pair<fs::file_time_type, fs::path>> kept;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto used = entry.last_write_time(ignored);
    if (entry.path().extension() == ".tgz") {
      kept.emplace_back(used, entry.path());
    } else if (fs::file_time_type::clock::now() - used > std::chrono::hours(24)) {
      fs::remove_all(entry.path(), ignored);
    }
  }
  std::ranges::sort(kept);
  for (size_t i = 0; i + kMostKept < kept.size(); ++i) fs::remove(kept[i].second, ignored);
}

absl::StatusOr<std::string> Fetch(const GitChart& chart, const fs::path& cache) {
  ASSIGN_OR_RETURN(const auto temp, TempFolder::Make(cache.string(), "fetch"));
  GitRepository repository(chart, temp->path() + "/repository.git");
  RETURN_IF_ERROR(repository.Fetch());
  // A chart's archive has one top folder, of any name.
  const fs::path folder = fs::path(temp->path()) / "chart";
  fs::create_directory(folder);
  RETURN_IF_ERROR(repository.Extract(folder));
  absl::StatusOr<std::string> packed = PackChart(folder.string(), Siblings::kLeaveOut);
  if (packed.ok()) return packed;
  std::string what(packed.status().message());
  // The user knows the folder as that of the repository.
  const size_t at = what.find(folder.string());
  if (at != std::string::npos) what.replace(at, folder.string().size(), chart.path);
  return GitFailed(chart, what);
}

bool IsHex(absl::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string WrongWithGitUrl(const std::string& url) {
  const bool sane = std::ranges::all_of(url, [](char c) { return absl::ascii_isgraph(c); });
  const size_t scheme = url.find("://");
  const std::string name = url.substr(0, scheme == std::string::npos ? 0 : scheme);
  // `git@host:org/repository`, but not `C:\x` or `-oProxyCommand=x:y`.
  const size_t at = url.find('@'), colon = url.find(':');
  const bool like_scp = scheme == std::string::npos && at != std::string::npos && at > 0 &&
                        colon != std::string::npos && at < colon && url[0] != '-' &&
                        url.find('/') > colon;
  const bool known = name == "https" || name == "http" || name == "ssh";
  if (!sane || (!known && !like_scp) || url.find("::") != std::string::npos)
    return "must be https://..., http://..., ssh://... or user@host:path";
  const size_t host = known ? scheme + 3 : 0;
  if (known && (host >= url.size() || url[host] == '-')) return "must name a host";
  const std::string authority = url.substr(host, url.find('/', host) - host);
  if ((name == "https" || name == "http") && absl::StrContains(authority, "@"))
    return "must not contain a user or password: git finds them with its credential helpers";
  return "";
}

std::string WrongWithCommit(const std::string& commit) {
  if ((commit.size() == 40 || commit.size() == 64) && IsHex(commit)) return "";
  return "must be the full hash of a commit, 40 or 64 hex digits: what a branch or tag means may "
         "change";
}

std::string WrongWithGitRef(const std::string& ref) {
  const bool sane = std::ranges::all_of(
      ref, [](char c) { return absl::ascii_isalnum(c) || absl::StrContains("._-/+@", c); });
  if (sane && !ref.empty() && ref[0] != '-' && !absl::StrContains(ref, "..")) return "";
  return "must be the name of a branch or tag";
}

std::string WrongWithGitPath(const std::string& path) {
  if (path == ".") return "";
  for (const absl::string_view name : absl::StrSplit(path, '/')) {
    if (name.empty() || name == "." || name == "..")
      return "must be the path of a folder below the repository's root, such as charts/web";
  }
  return "";
}

absl::StatusOr<std::string> ResolveGitRef(const GitChart& chart) {
  ASSIGN_OR_RETURN(const fs::path cache, CacheFolder());
  const bool whole = absl::StartsWith(chart.ref, "refs/") || chart.ref == "HEAD";
  std::vector<std::string> names = {chart.ref};
  if (!whole) names = {"refs/heads/" + chart.ref, "refs/tags/" + chart.ref};
  std::vector<std::string> arguments = {"ls-remote", "--quiet", "--", chart.url};
  for (const std::string& name : names) {
    arguments.push_back(name);
    arguments.push_back(name + "^{}");
  }
  ASSIGN_OR_RETURN(const std::string listed, RunGit(chart, (cache / "none").string(), arguments));
  std::map<std::string, std::string> commits;  // by name
  for (const absl::string_view line : absl::StrSplit(listed, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits('\t', 1));
    commits[parts.second] = parts.first;
  }
  std::vector<std::string> found;
  for (const std::string& name : names) {
    // An annotated tag is an object of its own.
    const auto peeled = commits.find(name + "^{}"), plain = commits.find(name);
    if (peeled != commits.end()) {
      found.push_back(peeled->second);
    } else if (plain != commits.end()) {
      found.push_back(plain->second);
    }
  }
  if (found.empty()) return GitFailed(chart, "the repository has no such branch or tag");
  if (found.size() > 1)
    return GitFailed(chart, absl::StrCat("it is a branch and a tag: write refs/heads/", chart.ref,
                                         " or refs/tags/", chart.ref));
  if (!WrongWithCommit(found[0]).empty()) return GitFailed(chart, "git lists what is no commit");
  return found[0];
}

absl::StatusOr<std::string> FetchGitChart(const GitChart& chart) {
  ASSIGN_OR_RETURN(const fs::path cache, CacheFolder());
  const std::string key = absl::StrCat(chart.url, "\n", chart.commit, "\n", chart.path);
  const fs::path archive = cache / (Sha256Hex(key) + ".tgz");
  std::error_code error;
  if (fs::exists(archive, error)) {
    fs::last_write_time(archive, fs::file_time_type::clock::now(), error);
    return archive.string();
  }
  ASSIGN_OR_RETURN(const std::string packed, Fetch(chart, cache));
  RETURN_IF_ERROR(WriteFile(archive.string(), packed));
  Tidy(cache);
  return archive.string();
}

}  // namespace wheelhouse::cli
