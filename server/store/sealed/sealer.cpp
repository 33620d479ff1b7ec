#include "server/store/sealed/sealer.h"

#include <absl/strings/escaping.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "common/failure.h"

namespace wheelhouse::store {
namespace {

constexpr char kVersion = 1;
constexpr size_t kNonce = 12;
constexpr size_t kTag = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(char* text) { return reinterpret_cast<unsigned char*>(text); }

absl::Status Unavailable(const std::string& path, const char* what) {
  return MakeFailure(Reason::kStoreUnavailable,
                     absl::StrCat("key file ", path, ": ", what, ": ", strerror(errno)));
}

// Written beside, then linked: a crash leaves no half a key, and a second start finds the first's.
absl::Status MakeKeyFile(const std::string& path) {
  Sealer::Key key;
  if (RAND_bytes(key.data(), key.size()) != 1) {
    return MakeFailure(Reason::kStoreUnavailable, "no random bytes for the key file");
  }
  const std::string fresh = absl::StrCat(path, ".new");
  unlink(fresh.c_str());
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Unavailable(fresh, "cannot be made");
  const bool written =
      write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && fsync(fd) == 0;
  close(fd);
  if (!written) return Unavailable(fresh, "cannot be written");
  if (rename(fresh.c_str(), path.c_str()) != 0) return Unavailable(path, "cannot be made");
  const int folder =
      open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sealer>> Sealer::FromFile(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) {
    if (absl::Status made = MakeKeyFile(path); !made.ok()) return made;
    fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }
  if (fd < 0) return Unavailable(path, "cannot be opened");
  struct stat file{};
  Key key;
  const bool whole = fstat(fd, &file) == 0 && file.st_size == static_cast<off_t>(key.size()) &&
                     read(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size());
  close(fd);
  if (!whole)
    return MakeFailure(Reason::kStoreUnavailable, absl::StrCat(path, " is not a key file"));
  if ((file.st_mode & 077) != 0) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("key file ", path, " may be read by others; make it 0600"));
  }
  return std::make_unique<Sealer>(key);
}

Sealer::Sealer(const Key& key) : key_(key) {
  constexpr absl::string_view kUse = "wheelhouse digest";
  unsigned int size = digest_key_.size();
  HMAC(EVP_sha256(), key_.data(), key_.size(), Bytes(kUse), kUse.size(), digest_key_.data(), &size);
}

absl::StatusOr<std::string> Sealer::Seal(absl::string_view plain, absl::string_view place) const {
  std::string out(1 + kNonce + plain.size() + kTag, kVersion);
  unsigned char* nonce = Bytes(out.data()) + 1;
  unsigned char* text = nonce + kNonce;
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  if (RAND_bytes(nonce, kNonce) != 1 ||
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce) != 1 ||
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(place), place.size()) != 1 ||
      EVP_EncryptUpdate(cipher.get(), text, &size, Bytes(plain), plain.size()) != 1 ||
      EVP_EncryptFinal_ex(cipher.get(), text + plain.size(), &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, text + plain.size()) != 1) {
    return MakeFailure(Reason::kStoreUnavailable, "the data cannot be encrypted for the store");
  }
  return out;
}

absl::StatusOr<std::string> Sealer::Unseal(absl::string_view sealed,
                                           absl::string_view place) const {
  if (sealed.size() < 1 + kNonce + kTag || sealed[0] != kVersion) {
    return absl::DataLossError("not sealed by this version");
  }
  const unsigned char* nonce = Bytes(sealed) + 1;
  const size_t length = sealed.size() - 1 - kNonce - kTag;
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::string plain(length, '\0');
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  if (EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), nonce) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(place), place.size()) != 1 ||
      EVP_DecryptUpdate(cipher.get(), Bytes(plain.data()), &size, nonce + kNonce, length) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(cipher.get(), Bytes(plain.data()) + length, &size) != 1) {
    return absl::DataLossError(
        absl::StrCat("sealed with another key, or damaged: ", std::string(place)));
  }
  return plain;
}

std::string Sealer::Digest(absl::string_view bytes) const {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), digest_key_.data(), digest_key_.size(), Bytes(bytes), bytes.size(), out,
       &size);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(out), size));
}

}  // namespace wheelhouse::store
