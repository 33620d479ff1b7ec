#include "server/helm/archive/gunzip.h"

#include <absl/strings/str_cat.h>

namespace wheelhouse::helm {

Gunzip::Gunzip(absl::string_view packed) {
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream_.avail_in = static_cast<uInt>(packed.size());
  open_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
}

Gunzip::~Gunzip() {
  if (open_) inflateEnd(&stream_);
}

absl::StatusOr<size_t> Gunzip::Read(char* to, size_t most) {
  if (!open_) return absl::ResourceExhaustedError("zlib is out of memory");
  stream_.next_out = reinterpret_cast<Bytef*>(to);
  stream_.avail_out = static_cast<uInt>(most);
  while (stream_.avail_out > 0 && !ended_) {
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      const absl::string_view rest(reinterpret_cast<const char*>(stream_.next_in),
                                   stream_.avail_in);
      ended_ = rest.find_first_not_of('\0') == absl::string_view::npos;
      if (!ended_) inflateReset(&stream_);
    } else if (code == Z_BUF_ERROR) {
      return absl::InvalidArgumentError("it ends early");
    } else if (code != Z_OK) {
      return absl::InvalidArgumentError(stream_.msg != nullptr ? stream_.msg : "bad gzip");
    }
  }
  return most - stream_.avail_out;
}

}  // namespace wheelhouse::helm
