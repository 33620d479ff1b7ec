#include "server/lifecycle/sha256.h"

#include <openssl/evp.h>

namespace wheelhouse::lifecycle {

std::string Sha256(absl::string_view input) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(input.data(), input.size(), digest, &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

}  // namespace wheelhouse::lifecycle
