#include "client/cli/plan/git_repository.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <fstream>

#include "client/cli/shell/child.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kPatience = absl::Minutes(5);
constexpr size_t kMostBytes = size_t{128} << 20;  // of a chart's files
constexpr size_t kMostFiles = 10'000;

}  // namespace

absl::Status GitFailed(const GitChart& chart, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(chart.url, " at ", chart.commit.empty() ? chart.ref : chart.commit, ": ", what));
}

absl::StatusOr<std::string> RunGit(const GitChart& chart, const std::string& folder,
                                   const std::vector<std::string>& arguments,
                                   const std::string& stdin_data) {
  ChildSpec spec;
  spec.argv = {"git", "--git-dir=" + folder,    "-c", "core.hooksPath=/dev/null",
               "-c",  "init.templateDir=",      "-c", "gc.auto=0",
               "-c",  "maintenance.auto=false", "-c", "fetch.recurseSubmodules=false"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.set = {{"GIT_TERMINAL_PROMPT", "0"},
              {"GIT_ALLOW_PROTOCOL", "https:http:ssh"},
              {"GIT_NO_REPLACE_OBJECTS", "1"},
              {"LC_ALL", "C"}};
  spec.unset = {"GIT_DIR",        "GIT_WORK_TREE",        "GIT_INDEX_FILE",
                "GIT_PREFIX",     "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                "GIT_COMMON_DIR", "GIT_NAMESPACE"};
  spec.stdin_data = stdin_data;
  spec.most_bytes = kMostBytes;
  spec.timeout = kPatience;
  const absl::StatusOr<ChildResult> ended = RunChild(spec);
  if (!ended.ok()) return GitFailed(chart, std::string(ended.status().message()));
  if (ended->exit_code == 0) return ended->out;
  return GitFailed(chart, absl::StrCat("git ", arguments[0],
                                       " failed: ", absl::StripAsciiWhitespace(ended->err)));
}

absl::Status GitRepository::Fetch() {
  RETURN_IF_ERROR(Git({"init", "--bare", "--quiet"}).status());
  // Servers that give no single commits are asked for their branches and tags.
  if (Git({"fetch", "--quiet", "--depth=1", "--no-tags", "--", chart_.url, chart_.commit}).ok())
    return absl::OkStatus();
  RETURN_IF_ERROR(Git({"fetch", "--quiet", "--no-tags", "--", chart_.url,
                       "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"})
                      .status());
  if (!Git({"cat-file", "-e", chart_.commit + "^{commit}"}).ok())
    return GitFailed(chart_, "the repository has no such commit");
  return absl::OkStatus();
}

absl::Status GitRepository::Extract(const fs::path& folder) {
  const bool is_root = chart_.path == ".";
  const auto listed =
      Git({"ls-tree", "-r", "-z",
           is_root ? chart_.commit + "^{tree}" : absl::StrCat(chart_.commit, ":", chart_.path)});
  if (!listed.ok()) return GitFailed(chart_, absl::StrCat("there is no folder ", chart_.path));
  ASSIGN_OR_RETURN(const std::vector<File> files, FilesIn(*listed));
  std::string wanted;
  for (const File& file : files) absl::StrAppend(&wanted, file.hash, "\n");
  ASSIGN_OR_RETURN(const std::string contents, Git({"cat-file", "--batch"}, wanted));
  return WriteFiles(files, contents, folder);
}

// `100644 blob HASH\tNAME\0`...
absl::StatusOr<std::vector<GitRepository::File>> GitRepository::FilesIn(
    const std::string& listed) const {
  std::vector<File> files;
  for (const absl::string_view entry : absl::StrSplit(listed, '\0', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(entry, absl::MaxSplits('\t', 1));
    const std::vector<std::string> words = absl::StrSplit(parts.first, ' ');
    if (words.size() != 3) return GitFailed(chart_, "git lists what is no file");
    if (words[1] == "commit")
      return GitFailed(chart_, absl::StrCat(parts.second, " is a submodule, which is not fetched"));
    for (const absl::string_view name : absl::StrSplit(parts.second, '/')) {
      if (name.empty() || name == "." || name == "..")
        return GitFailed(chart_, absl::StrCat("it has a file called ", parts.second));
    }
    files.push_back({words[0], words[2], std::string(parts.second)});
    if (files.size() > kMostFiles)
      return GitFailed(chart_, absl::StrCat("it has more than ", kMostFiles, " files"));
  }
  return files;
}

// `contents`: `HASH blob SIZE\nBYTES\n`, in the order of `files`.
absl::Status GitRepository::WriteFiles(const std::vector<File>& files, absl::string_view contents,
                                       const fs::path& folder) const {
  std::vector<std::pair<fs::path, std::string>> links;
  for (const File& file : files) {
    const size_t end = contents.find('\n');
    const std::vector<std::string> words = absl::StrSplit(contents.substr(0, end), ' ');
    size_t size = 0;
    if (end == absl::string_view::npos || words.size() != 3 || !absl::SimpleAtoi(words[2], &size) ||
        contents.size() < end + 1 + size + 1)
      return GitFailed(chart_, absl::StrCat("git does not have ", file.name));
    const absl::string_view bytes = contents.substr(end + 1, size);
    const fs::path path = folder / file.name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (file.mode == "120000") {
      links.emplace_back(path, std::string(bytes));
    } else {
      std::ofstream out(path, std::ios::binary);
      out << bytes << std::flush;
      if (!out) return GitFailed(chart_, absl::StrCat("cannot write ", path.string()));
      if (file.mode == "100755")
        fs::permissions(path, fs::perms::owner_exec, fs::perm_options::add, error);
    }
    contents.remove_prefix(end + 1 + size + 1);
  }
  // Last, so that nothing is written through one.
  for (const auto& [path, target] : links) {
    std::error_code error;
    fs::create_symlink(target, path, error);
    if (error) return GitFailed(chart_, absl::StrCat("cannot write ", path.string()));
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::cli
