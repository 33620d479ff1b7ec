#include "server/lifecycle/steps/callers/program_output.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include "common/failure.h"
#include "common/utf8.h"

namespace wheelhouse::lifecycle {

absl::Status SetPayload(const std::string& who, const std::string& key, absl::string_view printed,
                        Trail& trail) {
  if (printed.size() > kMostOfPayload)
    return MakeFailure(Reason::kStepFailed,
                       absl::StrCat(who, " wrote over 64 KiB to stdout, too much for the payload"));
  if (!IsValidUtf8(printed))
    return MakeFailure(Reason::kStepFailed,
                       absl::StrCat(who, " wrote what is not UTF-8 text to stdout"));
  (*trail.mutable_payload())[key] = std::string(absl::StripSuffix(printed, "\n"));
  return absl::OkStatus();
}

std::string ShortTail(absl::string_view printed) {
  constexpr size_t kShown = 500;
  const std::string valid = ValidUtf8(absl::StripTrailingAsciiWhitespace(printed));
  const absl::string_view tail = TailAtCharacter(valid, kShown);
  return absl::StrCat(tail.size() < valid.size() ? "..." : "", tail);
}

}  // namespace wheelhouse::lifecycle
