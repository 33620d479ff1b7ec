#include "client/cli/plan/chart_packer.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "client/cli/plan/helm_ignore.h"
#include "client/cli/plan/sibling_charts.h"
#include "client/cli/shell/files.h"
#include "common/status_macros.h"
#include "common/utf8_locale.h"

namespace wheelhouse::cli {
namespace {

namespace fs = std::filesystem;

absl::Status Wrong(const fs::path& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path.string(), " ", what));
}

absl::StatusOr<HelmIgnore> ReadIgnore(const fs::path& folder) {
  const fs::path file = folder / ".helmignore";
  std::error_code error;
  if (!fs::exists(file, error)) return HelmIgnore::Parse("");
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file.string()));
  absl::StatusOr<HelmIgnore> ignore = HelmIgnore::Parse(text);
  if (!ignore.ok()) return Wrong(file, std::string(ignore.status().message()));
  return ignore;
}

// The files of a chart's folder that its .helmignore leaves in. Symbolic links are followed, as
// helm does, but not out of the folder: a chart that somebody else wrote must not pick up files of
// the person who deploys it.
class Walk {
 public:
  Walk(fs::path root, HelmIgnore ignore) : root_(std::move(root)), ignore_(std::move(ignore)) {}

  // `folder` is relative to the root.
  absl::Status Add(const fs::path& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(root_ / folder, error);
    if (error) return Wrong(root_ / folder, absl::StrCat("cannot be read: ", error.message()));
    if (std::find(above_.begin(), above_.end(), real) != above_.end())
      return Wrong(root_ / folder, "is a symbolic link to a folder above it");
    above_.push_back(real);
    fs::directory_iterator at(real, error), end;
    for (; !error && at != end; at.increment(error))
      RETURN_IF_ERROR(AddEntry(folder / at->path().filename()));
    if (error) return Wrong(root_ / folder, absl::StrCat("cannot be read: ", error.message()));
    above_.pop_back();
    return absl::OkStatus();
  }

  // Sorted.
  std::vector<fs::path> Take() {
    std::sort(files_.begin(), files_.end());
    return std::move(files_);
  }

 private:
  absl::Status AddEntry(const fs::path& path) {
    std::error_code error;
    const fs::path file = root_ / path;
    const fs::file_status status = fs::status(file, error);
    const bool folder = status.type() == fs::file_type::directory;
    if (ignore_.Ignores(path.string(), folder)) return absl::OkStatus();
    if (fs::is_symlink(file, error)) RETURN_IF_ERROR(CheckLink(file));
    if (folder) return Add(path);
    if (status.type() != fs::file_type::regular)
      return Wrong(file, "is neither a file nor a folder: list it in .helmignore");
    files_.push_back(path);
    return absl::OkStatus();
  }

  absl::Status CheckLink(const fs::path& link) const {
    std::error_code error;
    const fs::path target = fs::canonical(link, error);
    if (error) return Wrong(link, "is a broken symbolic link");
    if (std::mismatch(root_.begin(), root_.end(), target.begin(), target.end()).first ==
        root_.end())
      return absl::OkStatus();
    return Wrong(link,
                 absl::StrCat("is a symbolic link out of the chart, to ", target.string(),
                              ": copy the target into the chart, or list the link in .helmignore"));
  }

  const fs::path root_;  // canonical
  const HelmIgnore ignore_;
  std::vector<fs::path> files_, above_;
};

absl::StatusOr<std::vector<fs::path>> FilesOf(const fs::path& folder) {
  ASSIGN_OR_RETURN(HelmIgnore ignore, ReadIgnore(folder));
  Walk walk(folder, std::move(ignore));
  RETURN_IF_ERROR(walk.Add(fs::path()));
  return walk.Take();
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
    return Wrong(file, absl::StrCat("cannot be packed: ", archive_error_string(writer)));
  }
  return absl::OkStatus();
}

// Below `root` in the archive.
absl::Status AddFolder(archive* writer, const std::string& root, const fs::path& folder) {
  ASSIGN_OR_RETURN(const std::vector<fs::path> files, FilesOf(folder));
  for (const fs::path& file : files)
    RETURN_IF_ERROR(AddFile(writer, root + "/" + file.string(), folder / file));
  return absl::OkStatus();
}

absl::StatusOr<std::string> PackFolder(const fs::path& folder, Siblings siblings) {
  const Utf8Locale locale;
  std::string out;
  std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
  if (archive_write_open(writer.get(), &out, nullptr, Append, nullptr) != ARCHIVE_OK)
    return absl::InternalError("the archive cannot be started");
  const std::string root = folder.filename().string();
  RETURN_IF_ERROR(AddFolder(writer.get(), root, folder));
  if (siblings == Siblings::kPack) {
    ASSIGN_OR_RETURN(const std::vector<SiblingChart> charts, SiblingsOf(folder));
    for (const SiblingChart& chart : charts)
      RETURN_IF_ERROR(
          AddFolder(writer.get(), absl::StrCat(root, "/charts/", chart.name), chart.folder));
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK)
    return absl::InternalError("the archive cannot be finished");
  return out;
}

}  // namespace

absl::StatusOr<std::string> PackChart(const std::string& path, Siblings siblings) {
  std::error_code error;
  if (!fs::exists(path, error))
    return absl::InvalidArgumentError(absl::StrCat("there is no chart at ", path));
  if (!fs::is_directory(path, error)) return ReadFile(path);
  const fs::path folder = fs::canonical(path, error);
  if (error || !fs::exists(folder / "Chart.yaml", error))
    return Wrong(path, "is not a chart: it has no Chart.yaml");
  return PackFolder(folder, siblings);
}

absl::StatusOr<std::string> ProvenanceOf(const std::string& path) {
  constexpr uintmax_t kMost = 512 << 10;
  std::error_code error;
  const std::string beside = path + ".prov";
  if (fs::is_directory(path, error) || !fs::exists(beside, error)) return std::string();
  if (fs::file_size(beside, error) > kMost)
    return Wrong(beside,
                 absl::StrCat("is not a provenance file: it has more than ", kMost, " bytes"));
  return ReadFile(beside);
}

}  // namespace wheelhouse::cli
