// A gzip stream in memory, unpacked piece by piece. For use by one thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <zlib.h>

namespace wheelhouse::helm {

class Gunzip {
 public:
  // `packed` is lent. Several gzip streams in a row are one, as they are to Go and to gzip. Zeros
  // at the end count for nothing: libarchive fills its last block with them.
  explicit Gunzip(absl::string_view packed);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // Writes the next bytes to `to` and returns how many: `most`, or fewer at the end. Errors, plain
  // statuses without a Reason: what is not gzip, ends early, fails its checksum, or is followed by
  // something else.
  absl::StatusOr<size_t> Read(char* to, size_t most);

 private:
  z_stream stream_{};
  bool open_ = false;
  bool ended_ = false;
};

}  // namespace wheelhouse::helm
