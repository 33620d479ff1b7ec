// A release record: what helm's Secret holds when it is unpacked (it is packed here, as helm does),
// or the Secret itself when it begins with `{"data"`.
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>

#include "server/helm/releases.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fakes/gzip.h"

namespace {

using wheelhouse::kube::Json;

Json SecretOf(const std::string& payload) {
  const std::string packed = wheelhouse::Gzip(payload, Z_BEST_SPEED);
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
