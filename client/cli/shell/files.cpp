#include "client/cli/shell/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse::cli {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path == "-") {
    std::ostringstream text;
    if (std::cin.peek() != std::istream::traits_type::eof()) text << std::cin.rdbuf();
    return text.str();
  }
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": it is a folder"));
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad())
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  return text.str();
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  if (!IsValidUtf8(text)) return absl::InvalidArgumentError(absl::StrCat(path, " is not UTF-8"));
  return text;
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  namespace fs = std::filesystem;
  const auto failed = [&](const std::string& why) {
    return absl::InvalidArgumentError(absl::StrCat("cannot write ", path, ": ", why));
  };
  std::error_code error;
  fs::path target = path;
  if (fs::is_symlink(path, error)) {
    target = fs::canonical(path, error);
    if (error) return failed(error.message());
  }
  const fs::path fresh = target.string() + ".new";
  errno = 0;
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out) return failed(std::strerror(errno));
  out.close();
  if (fs::exists(target, error)) fs::permissions(fresh, fs::status(target).permissions(), error);
  fs::rename(fresh, target, error);
  if (!error) return absl::OkStatus();
  const std::string why = error.message();
  fs::remove(fresh, error);
  return failed(why);
}

}  // namespace wheelhouse::cli
