#include "server/lifecycle/steps/callers/hook/hook_values.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/formats/set_grammar.h"
#include "common/status_macros.h"
#include "server/helm/merged_values.h"

namespace wheelhouse::lifecycle {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostBytes = 64 << 10;  // of all values together

absl::Status Refuse(const std::string& what) {
  return MakeFailure(Reason::kValuesInvalid, what, {{kFinalDetail, "true"}});
}

void AddTexts(const Json& value, std::vector<std::string>* texts) {
  if (value.is_string()) texts->push_back(value.get<std::string>());
  for (const auto& one : value.is_structured() ? value : Json::array()) AddTexts(one, texts);
}

size_t CountOf(absl::string_view what, absl::string_view text) {
  size_t count = 0;
  for (size_t at = text.find(what); at != absl::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

// Whether something in the text is masked wherever it is told: a secret that is known from
// elsewhere, or a password in a URL, say. The redactor cuts lines of more than 16 KiB, so that it
// is asked piece by piece.
bool IsMasked(const Report& report, absl::string_view text) {
  constexpr size_t kPiece = 8 << 10, kOverlap = 1 << 10;
  for (size_t at = 0;; at += kPiece - kOverlap) {
    const absl::string_view piece = text.substr(at, kPiece);
    if (CountOf("***", report.Mask(piece)) > CountOf("***", piece)) return true;
    if (at + kPiece >= text.size()) return false;
  }
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

class Values {
 public:
  Values(const Chart& chart, const helm::MergedValues& merged, v1::HookChart* facts)
      : chart_(chart), merged_(merged), facts_(*facts) {}

  absl::Status Put(const std::string& path, bool may_be_secret) {
    ASSIGN_OR_RETURN(const KeyPath parsed, ParseSetKey(path));
    std::optional<helm::FoundAt> found = merged_.At(parsed);
    if (!found.has_value()) return absl::OkStatus();
    std::string json = Dump(found->value);
    std::vector<std::string> texts;
    AddTexts(found->value, &texts);
    if (found->secret.empty() && std::ranges::any_of(texts, [this](const std::string& text) {
          return IsMasked(chart_.report, text);
        }))
      found->secret.push_back(path);
    if (!found->secret.empty() && !may_be_secret) {
      secret_.insert(secret_.end(), found->secret.begin(), found->secret.end());
      return absl::OkStatus();
    }
    if (!found->secret.empty()) chart_.report.AddSecrets(texts);
    bytes_ += json.size();
    if (bytes_ > kMostBytes)
      return Refuse(absl::StrCat("the values that the hook is given have more than 64 KiB, at ",
                                 path, ": name fewer, or parts of them"));
    (*facts_.mutable_values())[path] = std::move(json);
    return absl::OkStatus();
  }

  absl::Status Check(const std::string& hook) const {
    if (secret_.empty()) return absl::OkStatus();
    return Refuse(
        absl::StrCat("values of the hook ", hook, ": ", absl::StrJoin(secret_, ", "),
                     secret_.size() == 1 ? " is a secret" : " are secrets",
                     ": name it under secretValues, if the hook may know it, or under the "
                     "chart's plainValues, if it is none"));
  }

 private:
  const Chart& chart_;
  const helm::MergedValues& merged_;
  v1::HookChart& facts_;
  std::vector<std::string> secret_;  // paths
  size_t bytes_ = 0;
};

}  // namespace

absl::Status PutValues(const Chart& chart, const Known& known, const v1::HookStep& step,
                       v1::HookChart* facts) {
  if (step.values().empty() && step.secret_values().empty()) return absl::OkStatus();
  if (chart.info().values_from_size() > 0)
    return Refuse(
        absl::StrCat("values of the hook ", step.name(),
                     ": what valuesFrom names was not read, which only a DEPLOY does: let "
                     "the step run `when` the action is DEPLOY"));
  ASSIGN_OR_RETURN(const helm::MergedValues merged,
                   helm::MergedValues::Read(chart.info(), known.found.chart.chart.values_yaml,
                                            chart.asked.from_secrets, chart.report.secrets()));
  Values values(chart, merged, facts);
  for (const std::string& path : step.values()) RETURN_IF_ERROR(values.Put(path, false));
  for (const std::string& path : step.secret_values()) RETURN_IF_ERROR(values.Put(path, true));
  return values.Check(step.name());
}

}  // namespace wheelhouse::lifecycle
