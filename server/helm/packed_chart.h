// A chart's archive for helm, made when it is first asked for.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/process/temp_folder.h"
#include "common/status_macros.h"

namespace wheelhouse::helm {

// Used by one thread.
class PackedChart {
 public:
  // Writes the archive to `path`.
  using Pack = std::function<absl::Status(const std::string& path)>;

  // The archive is made below `temp_directory`, and exists while this does.
  PackedChart(std::string temp_directory, Pack pack)
      : temp_directory_(std::move(temp_directory)), pack_(std::move(pack)) {}
  // One that is made already: chart.tgz in `folder`.
  explicit PackedChart(std::unique_ptr<TempFolder> folder) : folder_(std::move(folder)) {}

  static std::string FileIn(const TempFolder& folder) { return folder.path() + "/chart.tgz"; }

  // The archive's path. Errors of `pack`; the next call tries again.
  absl::StatusOr<std::string> Path() {
    if (folder_ == nullptr) {
      ASSIGN_OR_RETURN(auto folder, TempFolder::Make(temp_directory_, "chart"));
      RETURN_IF_ERROR(pack_(FileIn(*folder)));
      folder_ = std::move(folder);
    }
    return FileIn(*folder_);
  }

 private:
  const std::string temp_directory_;
  const Pack pack_;
  std::unique_ptr<TempFolder> folder_;
};

}  // namespace wheelhouse::helm
