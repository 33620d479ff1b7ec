#include "server/lifecycle/changes/field_changes.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <string>

#include "common/utf8.h"
#include "server/kube/managed_fields.h"

namespace wheelhouse::lifecycle {
namespace {

using kube::Json;

constexpr size_t kLongestValue = 4096;
constexpr char kMasked[] = "***";

// A chart's version changes with each release of the chart, a checksum with what it is of, which is
// shown itself.
bool IsNoise(const std::vector<std::string>& steps) {
  if (steps.size() < 2) return false;
  const std::string& map = steps[steps.size() - 2];
  const std::string& key = steps.back();
  return (map == "labels" && (key == "helm.sh/chart" || key == "chart")) ||
         (map == "annotations" && absl::StrContains(key, "checksum"));
}

bool IsOfSecret(const std::vector<std::string>& steps, const std::string& kind) {
  return kind == "Secret" && !steps.empty() && (steps[0] == "data" || steps[0] == "stringData");
}

std::string Cut(const std::string& text) {
  if (text.size() <= kLongestValue) return text;
  return absl::StrCat(CutAtCharacter(text, kLongestValue), "...");
}

class Values {
 public:
  Values(const Mask& mask, bool secret) : mask_(mask), secret_(secret) {}

  std::string Show(const Json& value) {
    if (value.is_discarded()) return "";
    if (secret_) return kMasked;
    const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string masked = mask_(text);
    masked_ = masked_ || masked != text;
    return Cut(masked);
  }
  bool secret() const { return secret_ || masked_; }

 private:
  const Mask& mask_;
  const bool secret_;
  bool masked_ = false;
};

}  // namespace

v1::FieldChange ToFieldChange(const kube::Difference& difference, const std::string& kind,
                              const Report& report) {
  return ToFieldChange(difference, kind, Mask([&report](absl::string_view text) {
                         return report.Mask(std::string(text));
                       }));
}

v1::FieldChange ToFieldChange(const kube::Difference& difference, const std::string& kind,
                              const Mask& mask) {
  v1::FieldChange change;
  change.set_path(mask(difference.path));
  Values values(mask, IsOfSecret(difference.steps, kind));
  change.set_before(values.Show(difference.before));
  change.set_after(values.Show(difference.after));
  change.set_secret(values.secret());
  change.set_noise(IsNoise(difference.steps));
  return change;
}

v1::FieldChange ToDriftChange(const kube::Difference& live_to_chart, const kube::Json& live,
                              const std::string& kind, const Mask& mask) {
  const kube::Difference since = {live_to_chart.path, live_to_chart.steps, live_to_chart.after,
                                  live_to_chart.before};
  v1::FieldChange change = ToFieldChange(since, kind, mask);
  change.set_manager(mask(kube::LastManagerOf(live, since.steps)));
  return change;
}

}  // namespace wheelhouse::lifecycle
