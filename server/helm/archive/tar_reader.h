// Reads those tar archives that have one reading only.
//
// What Go's archive/tar (so helm), libarchive and GNU tar take differently is refused: data behind
// the name of a folder, a size or a sparse map in an extended header, headers of the star format,
// numbers that are not plain octal, two names for one entry, names with a zero byte, anything
// behind the end of the archive.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <optional>
#include <string>

#include "server/helm/archive/gunzip.h"

namespace wheelhouse::helm {

struct TarEntry {
  std::string path;  // as it was written; UTF-8
  bool folder = false;
  bool executable = false;  // by its owner
  size_t size = 0;
};

// For use by one thread. Errors: CHART_INVALID names the entry and what is wrong with it,
// CHART_TOO_LARGE the bound.
class TarReader {
 public:
  // `gzip` is lent. `most_bytes` bounds the whole tar, headers and padding included.
  TarReader(Gunzip& gzip, size_t most_bytes) : gzip_(gzip), left_(most_bytes), most_(most_bytes) {}

  // The next file or folder; nothing at the end.
  absl::StatusOr<std::optional<TarEntry>> Next();

  // The bytes of the file that Next returned last; to be called for each, once.
  absl::StatusOr<std::string> ReadContent();

 private:
  // What headers before an entry say about it.
  struct Extended {
    std::optional<std::string> path;
    std::optional<size_t> size;
    bool any = false;
  };
  struct Header;

  // False at the end of the stream.
  absl::StatusOr<bool> ReadBlock(char* block);
  // With the padding behind them.
  absl::StatusOr<std::string> ReadBytes(size_t size);
  absl::StatusOr<Header> ParseHeader(absl::string_view block) const;
  absl::Status ReadExtended(const Header& header, Extended* extended);
  static absl::Status ParseRecords(absl::string_view records, Extended* extended);
  // What follows the end may only be zeros.
  absl::Status ReadToEnd();

  Gunzip& gzip_;
  size_t left_;  // of `most_`
  const size_t most_;
  size_t content_ = 0;  // of the entry that Next returned last
  std::string last_;    // that entry's path
};

}  // namespace wheelhouse::helm
