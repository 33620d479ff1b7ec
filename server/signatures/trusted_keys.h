// The keys that the operator trusts to sign the charts of a source, in files.
#pragma once

#include <absl/status/statusor.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

namespace wheelhouse::signatures {

// As configured.
struct TrustedKeys {
  std::string keyring;                   // a file; empty: none
  std::vector<std::string> cosign_keys;  // files
  bool required = false;                 // whatever a plan says

  bool any() const { return !keyring.empty() || !cosign_keys.empty(); }
};

inline constexpr size_t kLargestKeyring = 1 << 20;
inline constexpr size_t kMostCosignKeys = 20;

// A public key of cosign's.
struct CosignKey {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{nullptr, EVP_PKEY_free};
  std::string fingerprint;  // `sha256:` and hex, of the key in DER
};

// The OpenPGP keys of a file as gpgv reads them: without ASCII armour. The error's message says
// what is wrong with the file, and what to do.
absl::StatusOr<std::string> ReadKeyring(const std::string& path);
absl::StatusOr<CosignKey> ReadCosignKey(const std::string& path);

// What is wrong with the file; empty when nothing is.
std::string WrongWithKeyring(const std::string& path);
std::string WrongWithCosignKey(const std::string& path);

}  // namespace wheelhouse::signatures
