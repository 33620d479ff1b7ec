#include "server/lifecycle/release/protection.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "server/lifecycle/release/left_behind.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kProtected[] = "true";

std::string LabelOf(const helm::ReleaseRecord* record) {
  if (record == nullptr) return "";
  const auto label = record->labels.find(helm::kProtectedLabel);
  return label == record->labels.end() ? "" : label->second;
}

}  // namespace

bool IsProtected(const helm::ReleaseRecord& newest) { return LabelOf(&newest) == kProtected; }

absl::Status RefuseProtected(const Chart& chart, const Found& found, const std::string& doing) {
  if (found.records.empty()) return absl::OkStatus();
  const std::string release = absl::StrCat("the release ", chart.Name(), " must not be ", doing);
  if (chart.services.protected_namespaces.contains(chart.info().namespace_())) {
    return MakeFailure(Reason::kReleaseProtected,
                       absl::StrCat(release, ": the operator protects the namespace ",
                                    chart.info().namespace_(), " (protectedNamespaces)"));
  }
  if (!IsProtected(found.records[0])) return absl::OkStatus();
  return MakeFailure(
      Reason::kReleaseProtected,
      absl::StrCat(release, ": it was deployed with protected: true (the label ",
                   helm::kProtectedLabel, " of its record). Deploy it without that first"));
}

std::optional<std::string> WhyKept(const Chart& chart, const Found& found) {
  if (!plan::IsPruned(chart.info())) return std::nullopt;
  return WhyNotPruned(found.records, chart.info().pruned_record(), chart.asked.request.plan,
                      chart.services.protected_namespaces);
}

std::optional<std::string> ProtectionToSet(const v1::ChartInfo& info,
                                           const helm::ReleaseRecord* newest) {
  std::string wanted = info.protected_() ? kProtected : "";
  if (LabelOf(newest) == wanted) return std::nullopt;
  return wanted;
}

}  // namespace wheelhouse::lifecycle
