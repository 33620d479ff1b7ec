#include "server/signatures/trusted_keys.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "common/process/temp_folder.h"
#include "common/sha256.h"
#include "common/status_macros.h"

namespace wheelhouse::signatures {
namespace {

constexpr size_t kLargestCosignKey = 64 << 10;
constexpr int kFewestRsaBits = 2048;
constexpr char kArmour[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
constexpr char kArmourEnd[] = "-----END PGP PUBLIC KEY BLOCK-----";

absl::Status Wrong(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, " ", what));
}

absl::StatusOr<std::string> ReadKeys(const std::string& path, size_t most) {
  absl::StatusOr<std::string> text = ReadBounded(path, most);
  return text.ok() ? std::move(text) : Wrong(path, std::string(text.status().message()));
}

// Of each block: headers, an empty line, base64, and a checksum, which gpgv's own of the packets
// make needless.
absl::StatusOr<std::string> WithoutArmour(const std::string& path, const std::string& text) {
  std::string keys, base64;
  bool inside = false, in_headers = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line == kArmour) {
      inside = in_headers = true;
      base64.clear();
    } else if (line == kArmourEnd && inside) {
      std::string block;
      if (!absl::Base64Unescape(base64, &block)) return Wrong(path, "has damaged ASCII armour");
      keys += block;
      inside = false;
    } else if (inside && in_headers) {
      in_headers = !line.empty();
    } else if (inside && !absl::StartsWith(line, "=")) {
      absl::StrAppend(&base64, line);
    }
  }
  if (inside) return Wrong(path, "is cut off: its last ASCII armour has no end");
  return keys;
}

// Old and new packet headers (RFC 4880, 4.2) with the tag of a public key, or a keybox.
bool LooksLikePublicKeys(absl::string_view keys) {
  if (keys.size() > 12 && keys.substr(8, 4) == "KBXf") return true;
  constexpr unsigned kPublicKey = 6;
  if (keys.empty()) return false;
  const auto first = static_cast<unsigned char>(keys[0]);
  if ((first & 0x80) == 0) return false;
  return ((first & 0x40) != 0 ? first & 0x3fU : (first >> 2) & 0x0fU) == kPublicKey;
}

}  // namespace

absl::StatusOr<std::string> ReadKeyring(const std::string& path) {
  ASSIGN_OR_RETURN(std::string keys, ReadKeys(path, kLargestKeyring));
  if (absl::StrContains(keys, "-----BEGIN PGP")) {
    ASSIGN_OR_RETURN(keys, WithoutArmour(path, keys));
  }
  if (LooksLikePublicKeys(keys)) return keys;
  return Wrong(path,
               "has no OpenPGP public keys: write it with gpg --export KEY, of public keys alone");
}

absl::StatusOr<CosignKey> ReadCosignKey(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadKeys(path, kLargestCosignKey));
  if (absl::StrContains(text, "PRIVATE KEY"))
    return Wrong(path, "has a private key: name the public one, which cosign calls cosign.pub");
  const std::unique_ptr<BIO, int (*)(BIO*)> in(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  CosignKey key;
  key.key.reset(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr));
  if (key.key == nullptr)
    return Wrong(path, "has no public key in PEM (`-----BEGIN PUBLIC KEY-----`, as cosign.pub)");
  const int type = EVP_PKEY_get_base_id(key.key.get());
  if (type != EVP_PKEY_EC && type != EVP_PKEY_ED25519 && type != EVP_PKEY_RSA)
    return Wrong(path, "has a key that is neither ECDSA, Ed25519 nor RSA");
  if (type == EVP_PKEY_RSA && EVP_PKEY_get_bits(key.key.get()) < kFewestRsaBits)
    return Wrong(path, absl::StrCat("has an RSA key of less than ", kFewestRsaBits, " bits"));
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.key.get(), &der);
  if (size <= 0) return Wrong(path, "has a public key that cannot be used");
  key.fingerprint =
      "sha256:" + Sha256Hex({reinterpret_cast<char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  return key;
}

std::string WrongWithKeyring(const std::string& path) {
  return std::string(ReadKeyring(path).status().message());
}

std::string WrongWithCosignKey(const std::string& path) {
  return std::string(ReadCosignKey(path).status().message());
}

}  // namespace wheelhouse::signatures
