// One repository of one call of git's, with nothing in it but what is fetched.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/plan/git_chart.h"

namespace wheelhouse::cli {

// INVALID_ARGUMENT, naming the repository and the commit or ref.
absl::Status GitFailed(const GitChart& chart, absl::string_view what);

// What git prints, which has `folder` as its repository: no hook runs, no other protocol than those
// of git_chart.h is spoken, nobody is asked for a password.
absl::StatusOr<std::string> RunGit(const GitChart& chart, const std::string& folder,
                                   const std::vector<std::string>& arguments,
                                   const std::string& stdin_data = "");

class GitRepository {
 public:
  // Lends `chart`. `folder` does not exist yet.
  GitRepository(const GitChart& chart, std::string folder)
      : chart_(chart), folder_(std::move(folder)) {}

  // Fetches the chart's commit.
  absl::Status Fetch();
  // Writes the files of the chart below `folder`, as they were committed. Symbolic links are made
  // as they are: whoever packs the folder refuses those that lead out of it.
  absl::Status Extract(const std::filesystem::path& folder);

 private:
  struct File {
    std::string mode, hash, name;
  };

  absl::StatusOr<std::string> Git(const std::vector<std::string>& arguments,
                                  const std::string& stdin_data = "") const {
    return RunGit(chart_, folder_, arguments, stdin_data);
  }
  absl::StatusOr<std::vector<File>> FilesIn(const std::string& listed) const;
  absl::Status WriteFiles(const std::vector<File>& files, absl::string_view contents,
                          const std::filesystem::path& folder) const;

  const GitChart& chart_;
  const std::string folder_;
};

}  // namespace wheelhouse::cli
