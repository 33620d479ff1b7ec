// A release record: what helm's Secret holds when it is unpacked (it is packed here, as helm does),
// or the Secret itself when it begins with `{"data"`.
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <zlib.h>

#include "server/helm/releases.h"
#include "tests/fuzz/fuzz.h"

namespace {

using wheelhouse::kube::Json;

Json SecretOf(const std::string& payload) {
  std::string packed(compressBound(payload.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  stream.avail_in = static_cast<uInt>(payload.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return {{"metadata",
           {{"namespace", "demo"},
            {"name", "sh.helm.release.v1.web.v1"},
            {"labels", {{"name", "web"}, {"version", "1"}, {"status", "deployed"}}}}},
          {"data", {{"release", absl::Base64Escape(absl::Base64Escape(packed))}}}};
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  Json secret =
      absl::StartsWith(text, "{\"data\"") ? Json::parse(text, nullptr, false) : SecretOf(text);
  if (secret.is_discarded()) return 0;
  helm::DecodeRelease(secret).status().IgnoreError();
  return 0;
}
