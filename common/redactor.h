// The one redactor: masks secrets in text that leaves the daemon (events, failures, evidence,
// logs).
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <utility>
#include <vector>

namespace wheelhouse {

// Thread-safe except for Add.
class Redactor {
 public:
  Redactor() = default;
  // Secrets shorter than 4 bytes are not masked literally: that would mask half of any text.
  explicit Redactor(std::vector<std::string> secrets) { Add(std::move(secrets)); }

  // Masks these too from now on. Must not run while another thread masks.
  void Add(std::vector<std::string> secrets);

  // Replaces each secret (also in base64) by `***`, as well as what looks like one: bearer tokens,
  // private keys, `password=...` and the like. Control characters other than newline and tab are
  // escaped.
  std::string Mask(absl::string_view text) const;

 private:
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace wheelhouse
