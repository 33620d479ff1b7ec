// The one redactor: masks secrets in text that leaves the daemon (events, failures, evidence,
// logs).
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/mutex.h"
#include "common/secret_forms.h"

namespace wheelhouse {

// Thread-safe.
class Redactor {
 public:
  Redactor() = default;
  explicit Redactor(const std::vector<std::string>& secrets) { Add(secrets); }

  // Masks these too from now on.
  void Add(const std::vector<std::string>& secrets) ABSL_LOCKS_EXCLUDED(mutex_);

  // Replaces each secret, in each of its forms (secret_forms.h), by `***`, as well as what looks
  // like one wherever it came from: bearer tokens, private keys, the password in a URL, and what
  // stands after a name such as `password=` (secret_names.h). Control characters other than newline
  // and tab are escaped.
  std::string Mask(absl::string_view text) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct LongestFirst {
    bool operator()(const std::string& a, const std::string& b) const {
      return a.size() != b.size() ? a.size() > b.size() : a < b;
    }
  };
  using Forms = std::map<std::string, SecretForm::Match, LongestFirst>;

  // Where in `text` the longest form ends that begins at `at`; 0: none does.
  size_t EndOfSecret(absl::string_view text, size_t at, bool* in_base64) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string MaskKnown(absl::string_view text) const ABSL_LOCKS_EXCLUDED(mutex_);

  mutable Mutex mutex_;
  // By their first four bytes, so that a text is searched once for all of them.
  std::unordered_map<uint32_t, Forms> forms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse
