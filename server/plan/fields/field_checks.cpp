#include "server/plan/fields/field_checks.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace wheelhouse::plan {
namespace {

using google::protobuf::Duration;

bool IsLabel(absl::string_view text, size_t most) {
  auto alnum = [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); };
  return !text.empty() && text.size() <= most && alnum(text.front()) && alnum(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return alnum(c) || c == '-'; });
}

bool Negative(const Duration& duration) { return duration.seconds() < 0 || duration.nanos() < 0; }

}  // namespace

void CheckLabel(const std::string& text, size_t most, const std::string& path,
                FieldViolations* wrong) {
  if (IsLabel(text, most)) return;
  wrong->push_back(
      {path, absl::StrCat("must be a DNS label (a-z, 0-9 and -) of 1 to ", most, " characters.")});
}

void CheckName(const std::string& text, size_t most, const std::string& path,
               FieldViolations* wrong) {
  const std::vector<std::string> labels = absl::StrSplit(text, '.');
  const bool all = std::ranges::all_of(
      labels, [most](const std::string& label) { return IsLabel(label, most); });
  if (all && text.size() <= most) return;
  wrong->push_back(
      {path, absl::StrCat("must be DNS labels (a-z, 0-9 and -) with dots between them, ",
                          "of 1 to ", most, " characters.")});
}

void CheckPositive(bool set, const Duration& duration, const std::string& path,
                   FieldViolations* wrong) {
  if (!set) return;
  if (!Negative(duration) && (duration.seconds() > 0 || duration.nanos() > 0)) return;
  wrong->push_back({path, "must be a duration greater than zero."});
}

void CheckNotNegative(bool set, const Duration& duration, const std::string& path,
                      FieldViolations* wrong) {
  if (set && Negative(duration)) wrong->push_back({path, "must not be a negative duration."});
}

void CheckRange(int64_t value, int64_t least, int64_t most, const std::string& path,
                FieldViolations* wrong) {
  if (value >= least && value <= most) return;
  wrong->push_back({path, absl::StrCat("is ", value, " but must be ", least, " to ", most, ".")});
}

void CheckPayloadKey(const std::string& key, const std::string& path, FieldViolations* wrong) {
  const bool sane = !key.empty() && key.size() <= 63 && std::ranges::all_of(key, [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("_-.", c);
  });
  if (sane) return;
  wrong->push_back({path, "must be 1 to 63 letters, digits, `_`, `-` and `.`."});
}

void CheckStatic(absl::string_view text, const std::string& path, FieldViolations* wrong) {
  if (absl::StrContains(text, "${"))
    wrong->push_back({path, "must be static: ${payload.key} is not allowed here."});
}

}  // namespace wheelhouse::plan
