#include "server/config/yaml_files.h"

#include <absl/strings/str_cat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::config {
namespace {

absl::Status Unreadable(const std::string& path, const std::string& why) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat(path, ": ", why));
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  in.peek();  // a folder opens, and fails when it is read
  if (!in.is_open() || in.bad()) return Unreadable(path, "cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return Unreadable(path, "cannot be read");
  return text.str();
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ReadYamlFiles(const std::string& directory) {
  std::map<std::string, std::string> files;
  if (directory.empty()) return files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() != ".yaml") continue;
    const std::string path = at->path().string();
    ASSIGN_OR_RETURN(files[path], ReadText(path));
  }
  if (error) return Unreadable(directory, error.message());
  return files;
}

}  // namespace wheelhouse::config
