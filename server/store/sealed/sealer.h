// AES-256-GCM with a key from a file.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <array>
#include <memory>
#include <string>

namespace wheelhouse::store {

// Immutable; thread-safe.
class Sealer {
 public:
  using Key = std::array<unsigned char, 32>;

  // The key in `path`, made at first start with mode 0600. A file that others may read, or that is
  // not a key, is STORE_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Sealer>> FromFile(const std::string& path);
  explicit Sealer(const Key& key);

  // `place` says what and whose it is; unsealing elsewhere fails.
  absl::StatusOr<std::string> Seal(absl::string_view plain, absl::string_view place) const;
  // DATA_LOSS when the key is another one, or the bytes are not what was sealed there.
  absl::StatusOr<std::string> Unseal(absl::string_view sealed, absl::string_view place) const;

  // HMAC-SHA256 in hex, with a key derived from the sealing one.
  std::string Digest(absl::string_view bytes) const;

 private:
  const Key key_;
  Key digest_key_;
};

}  // namespace wheelhouse::store
