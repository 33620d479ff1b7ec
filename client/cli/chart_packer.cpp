#include "client/cli/chart_packer.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "client/cli/files.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<std::vector<fs::path>> FilesOf(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (at->is_symlink(error)) {
      return MakeFailure(
          Reason::kChartInvalid,
          absl::StrCat(at->path().string(), " is a symbolic link: charts may hold files only"));
    }
    if (at->is_regular_file(error)) files.push_back(fs::relative(at->path(), folder, error));
  }
  if (error)
    return MakeFailure(Reason::kChartInvalid,
                       absl::StrCat("cannot read ", folder.string(), ": ", error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

la_ssize_t Append(archive*, void* out, const void* bytes, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

absl::Status AddFile(archive* writer, const std::string& name, const fs::path& file) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file.string()));
  std::error_code error;
  const bool executable =
      (fs::status(file, error).permissions() & fs::perms::owner_exec) != fs::perms::none;
  std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                 archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), executable ? 0755 : 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK ||
      archive_write_data(writer, bytes.data(), bytes.size()) !=
          static_cast<la_ssize_t>(bytes.size())) {
    return MakeFailure(Reason::kChartInvalid, absl::StrCat("cannot pack ", file.string(), ": ",
                                                           archive_error_string(writer)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PackFolder(const fs::path& folder) {
  ASSIGN_OR_RETURN(const std::vector<fs::path> files, FilesOf(folder));
  std::string out;
  std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
  if (archive_write_open(writer.get(), &out, nullptr, Append, nullptr) != ARCHIVE_OK)
    return MakeFailure(Reason::kInternal, "cannot begin an archive");
  const std::string root = folder.filename().string();
  for (const fs::path& file : files)
    RETURN_IF_ERROR(AddFile(writer.get(), root + "/" + file.string(), folder / file));
  if (archive_write_close(writer.get()) != ARCHIVE_OK)
    return MakeFailure(Reason::kInternal, "cannot end an archive");
  return out;
}

}  // namespace

absl::StatusOr<std::string> PackChart(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error))
    return MakeFailure(Reason::kChartNotFound, absl::StrCat("there is no chart at ", path));
  if (!fs::is_directory(path, error)) return ReadFile(path);
  const fs::path folder = fs::canonical(path, error);
  if (error || !fs::exists(folder / "Chart.yaml", error))
    return MakeFailure(Reason::kChartInvalid, absl::StrCat(path, " has no Chart.yaml"));
  return PackFolder(folder);
}

}  // namespace wheelhouse::cli
