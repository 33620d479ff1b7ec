#include "server/helm/release_payload.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <zlib.h>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"

namespace wheelhouse::helm {
namespace {

using kube::Json;

constexpr int kGzip = 16 + MAX_WBITS;

absl::Status Unreadable(const std::string& what) {
  return MakeFailure(Reason::kHelmFailed, absl::StrCat("a release record cannot be read: ", what));
}

Bytef* Bytes(const std::string& text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

absl::StatusOr<std::string> Gunzip(const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzip) != Z_OK) return Unreadable("zlib");
  stream.next_in = Bytes(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  char buffer[64 << 10];
  int code = Z_OK;
  while (code == Z_OK && text.size() <= kMostUnpackedRelease) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof(buffer);
    code = inflate(&stream, Z_NO_FLUSH);
    text.append(buffer, sizeof(buffer) - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END)
    return Unreadable(text.size() > kMostUnpackedRelease ? "it unpacks to over 32 MiB"
                                                         : "bad gzip");
  return text;
}

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = Bytes(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = Bytes(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

absl::StatusOr<Json> UnpackRelease(const Json& secret) {
  std::string outer, inner;
  if (!absl::Base64Unescape(kube::Text(secret, "/data/release"), &outer) ||
      !absl::Base64Unescape(outer, &inner)) {
    return Unreadable("bad base64");
  }
  ASSIGN_OR_RETURN(const std::string text, Gunzip(inner));
  Json release = ParseJson(text);
  if (!release.is_object()) return Unreadable("it is not JSON, or larger than what is read");
  return release;
}

std::string PackRelease(const Json& release) {
  const std::string text = release.dump(-1, ' ', false, Json::error_handler_t::replace);
  return absl::Base64Escape(absl::Base64Escape(Gzip(text)));
}

}  // namespace wheelhouse::helm
