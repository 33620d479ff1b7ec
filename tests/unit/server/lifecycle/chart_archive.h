// A chart's archive, as small as one can be.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>

namespace wheelhouse::lifecycle {

inline void WriteChart(const std::string& path,
                       const std::string& text = "apiVersion: v2\nname: web\nversion: 1.0.0\n") {
  archive* out = archive_write_new();
  archive_write_add_filter_gzip(out);
  archive_write_set_format_ustar(out);
  archive_write_open_filename(out, path.c_str());
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, "web/Chart.yaml");
  archive_entry_set_size(entry, static_cast<int64_t>(text.size()));
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_write_header(out, entry);
  archive_write_data(out, text.data(), text.size());
  archive_entry_free(entry);
  archive_write_free(out);
}

}  // namespace wheelhouse::lifecycle
