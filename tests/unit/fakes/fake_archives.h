// Chart archives of which there is one, at `path`, whatever digest and caller are asked for; it may
// have 20 MiB. Pins nothing.
#pragma once

#include <memory>
#include <string>

#include "server/helm/charts.h"

namespace wheelhouse::helm {

class FakeArchives final : public ChartArchives {
 public:
  absl::StatusOr<std::string> Pin(const std::string&, const Principal&,
                                  std::shared_ptr<void>*) override {
    return path;
  }
  ChartLimits limits() const override { return LimitsFor(20 << 20); }
  std::string path;
};

}  // namespace wheelhouse::helm
