#include "server/helm/archive/pack.h"

#include <absl/strings/str_cat.h>
#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "common/failure.h"
#include "common/process/temp_folder.h"
#include "common/status_macros.h"
#include "common/utf8_locale.h"

namespace wheelhouse::helm {
namespace {

using Writer = std::unique_ptr<archive, int (*)(archive*)>;

absl::Status Failed(archive* writer) {
  const char* why = archive_error_string(writer);
  return MakeFailure(Reason::kStoreUnavailable, absl::StrCat("the chart cannot be packed: ",
                                                             why != nullptr ? why : "unknown"));
}

la_ssize_t Append(archive*, void* out, const void* bytes, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

absl::Status AddFile(archive* writer, const std::string& path, const ChartFile& file) {
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), absl::StrCat("chart/", path).c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), file.executable ? 0755 : 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK ||
      archive_write_data(writer, file.content.data(), file.content.size()) !=
          static_cast<la_ssize_t>(file.content.size()))
    return Failed(writer);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Packed(const ChartTree& tree) {
  std::string packed;
  const Writer writer(archive_write_new(), archive_write_free);
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
  archive_write_set_filter_option(writer.get(), "gzip", "compression-level", "1");
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  if (archive_write_open(writer.get(), &packed, nullptr, Append, nullptr) != ARCHIVE_OK)
    return Failed(writer.get());
  for (const auto& [path, file] : tree.files) RETURN_IF_ERROR(AddFile(writer.get(), path, file));
  for (const auto& [path, nested] : tree.archives) {
    ASSIGN_OR_RETURN(std::string inner, Packed(nested));
    RETURN_IF_ERROR(AddFile(writer.get(), path, {false, std::move(inner)}));
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return Failed(writer.get());
  return packed;
}

}  // namespace

absl::Status PackChart(const ChartTree& tree, const std::string& path) {
  const Utf8Locale locale;
  ASSIGN_OR_RETURN(const std::string packed, Packed(tree));
  return WritePrivateFile(path, packed);
}

}  // namespace wheelhouse::helm
