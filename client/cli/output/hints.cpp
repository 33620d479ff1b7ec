#include "client/cli/output/hints.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <array>
#include <utility>

namespace wheelhouse::cli {
namespace {

struct Phrase {
  const char* api;
  const char* here;
};

constexpr std::array<Phrase, 4> kMethods = {{
    {"free the release with UnlockRelease",
     "free the release: wheelhouse unlock RELEASE -n NAMESPACE"},
    {"renew the digest with ResolveChart",
     "renew the digest: wheelhouse plan lock -f FILE --update RELEASE"},
    {"GetStatus lists", "wheelhouse status lists"},
    {"ListRuns lists", "wheelhouse runs list shows"},
}};

// The flags of `deploy`.
constexpr std::array<Phrase, 8> kFields = {{
    {"set fieldConflicts: FORCE", "pass --field-conflicts force"},
    {"list the namespace in extraNamespaces", "name the namespace with --extra-namespace"},
    {"set allow.crdLoss", "pass --allow crd-loss"},
    {"set allow.volumeLoss", "pass --allow volume-loss"},
    {"name the object's kind in recreate", "name the object's kind with --recreate"},
    {"raise timeout", "raise --timeout"},
    {"correct the fields named", "correct the flags named"},
    {"leave createNamespace out", "leave --create-namespace out"},
}};

template <size_t N>
void Replace(const std::array<Phrase, N>& phrases, std::string* text) {
  for (const Phrase& phrase : phrases) absl::StrReplaceAll({{phrase.api, phrase.here}}, text);
}

}  // namespace

HintStyle StyleOf(const Options& options) {
  return options.flags_for_fields ? HintStyle::kFlags : HintStyle::kFields;
}

std::string HintText(const v1::Failure& failure, HintStyle style) {
  std::string text = failure.hint();
  Replace(kMethods, &text);
  if (style == HintStyle::kFlags) Replace(kFields, &text);
  const std::pair<std::string, std::string> release =
      absl::StrSplit(failure.chart(), absl::MaxSplits('/', 1));
  if (!release.second.empty())
    absl::StrReplaceAll({{"RELEASE", release.second}, {"NAMESPACE", release.first}}, &text);
  return text;
}

void TranslateHints(HintStyle style, v1::Run* run) {
  const auto translate = [style](v1::Failure* failure) {
    failure->set_hint(HintText(*failure, style));
  };
  if (run->has_failure()) translate(run->mutable_failure());
  for (v1::ChartRun& chart : *run->mutable_charts()) {
    if (chart.has_failure()) translate(chart.mutable_failure());
  }
}

}  // namespace wheelhouse::cli
