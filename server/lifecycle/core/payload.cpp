#include "server/lifecycle/core/payload.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"

namespace wheelhouse::lifecycle {

absl::StatusOr<std::string> Expand(const Trail& trail, const std::string& text,
                                   const std::function<std::string(const std::string&)>& escape) {
  static constexpr char kOpen[] = "${payload.";
  std::string expanded;
  size_t begin = 0;
  for (size_t at; (at = text.find(kOpen, begin)) != std::string::npos;) {
    const size_t key_at = at + sizeof(kOpen) - 1, end = text.find('}', key_at);
    if (end == std::string::npos) break;
    const std::string key = text.substr(key_at, end - key_at);
    const auto found = trail.payload().find(key);
    if (found == trail.payload().end()) {
      return MakeFailure(Reason::kStepFailed,
                         absl::StrCat("no step has set the payload key ", key));
    }
    absl::StrAppend(&expanded, text.substr(begin, at - begin),
                    escape ? escape(found->second) : found->second);
    begin = end + 1;
  }
  return expanded + text.substr(begin);
}

}  // namespace wheelhouse::lifecycle
