// Chart archives of which there is one, at `path`, whatever digest and caller are asked for; it may
// have 20 MiB. Pins nothing.
#pragma once

#include <memory>
#include <string>

#include "server/helm/charts.h"

namespace wheelhouse::helm {

class FakeArchives final : public ChartArchives {
 public:
  absl::StatusOr<Chart> ReadUploaded(const std::string&, const Principal&,
                                     const std::string& packed, std::shared_ptr<void>*) override {
    return ChartReader(LimitsFor(20 << 20)).Read(path, packed);
  }
  absl::StatusOr<UploadedProof> ProofOf(const std::string&, const Principal&) override {
    return proof;
  }
  absl::StatusOr<Chart> ReadFetched(const std::string& archive,
                                    const std::string& packed) override {
    return ChartReader(LimitsFor(20 << 20)).Read(archive, packed);
  }
  absl::StatusOr<Chart> Complete(const std::string& digest, const Principal&,
                                 const std::string& packed, std::vector<Subchart>* add) override {
    return ChartReader(LimitsFor(20 << 20)).Complete(path, digest, packed, add);
  }
  size_t most_bytes() const override { return size_t{20} << 20; }
  std::string path;
  UploadedProof proof;
};

}  // namespace wheelhouse::helm
