#include "server/helm/known_charts.h"

#include <algorithm>
#include <utility>

namespace wheelhouse::helm {
namespace {

size_t SizeOf(const Chart& chart) {
  size_t bytes = sizeof(Chart) + chart.values_yaml.size();
  for (const CrdFile& file : chart.crd_files) bytes += file.path.size() + file.content.size();
  return bytes;
}

}  // namespace

std::optional<Chart> KnownCharts::Find(const std::string& digest) {
  std::shared_ptr<const Chart> chart;
  {
    MutexLock lock(&mutex_);
    const auto found = known_.find(digest);
    if (found == known_.end()) return std::nullopt;
    found->second.used = ++uses_;
    chart = found->second.chart;
  }
  return *chart;
}

void KnownCharts::Keep(const Chart& chart) {
  const size_t bytes = SizeOf(chart);
  if (bytes > kMostOfOne) return;
  auto kept = std::make_shared<const Chart>(chart);
  MutexLock lock(&mutex_);
  Known& known = known_[chart.digest];
  bytes_ += bytes - known.bytes;
  known = {std::move(kept), bytes, ++uses_};
  while (bytes_ > kMostBytes) {
    const auto oldest =
        std::ranges::min_element(known_, {}, [](const auto& entry) { return entry.second.used; });
    bytes_ -= oldest->second.bytes;
    known_.erase(oldest);
  }
}

}  // namespace wheelhouse::helm
