// The archives that callers have uploaded, as helm/ asks for them.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "common/principal.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "server/helm/charts.h"
#include "server/helm/known_charts.h"
#include "server/store/archives.h"

namespace wheelhouse::setup {

// Thread-safe. What is lent must outlive it.
class StoredCharts final : public helm::ChartArchives {
 public:
  StoredCharts(store::Archives& archives, helm::ChartReader& reader)
      : archives_(archives), reader_(reader) {}
  absl::StatusOr<helm::Chart> ReadUploaded(const std::string& digest, const Principal& owner,
                                           const std::string& packed,
                                           std::shared_ptr<void>* pin) override {
    ASSIGN_OR_RETURN(const std::string path, archives_.Pin(digest, owner, pin));
    if (packed.empty()) {
      if (auto known = known_.Find(digest); known.has_value()) return *std::move(known);
    }
    ASSIGN_OR_RETURN(helm::Chart chart, reader_.ReadKept(path, digest, packed));
    known_.Keep(chart);
    return chart;
  }
  absl::StatusOr<helm::UploadedProof> ProofOf(const std::string& digest,
                                              const Principal& owner) override {
    std::shared_ptr<void> pin;
    ASSIGN_OR_RETURN(const std::string path, archives_.Pin(digest, owner, &pin));
    helm::UploadedProof proof;
    ASSIGN_OR_RETURN(proof.archive_sha256, Sha256OfFile(path));
    proof.provenance = store::Archives::ProvenanceOf(path);
    return proof;
  }
  absl::StatusOr<helm::Chart> ReadFetched(const std::string& archive,
                                          const std::string& packed) override {
    return reader_.Read(archive, packed);
  }
  absl::StatusOr<helm::Chart> Complete(const std::string& digest, const Principal& owner,
                                       const std::string& packed,
                                       std::vector<helm::Subchart>* add) override {
    std::shared_ptr<void> pin;
    ASSIGN_OR_RETURN(const std::string path, archives_.Pin(digest, owner, &pin));
    ASSIGN_OR_RETURN(helm::Chart chart, reader_.Complete(path, digest, packed, add));
    RETURN_IF_ERROR(archives_.Put(packed, chart.digest, owner));
    return chart;
  }
  size_t most_bytes() const override { return reader_.limits().archive_bytes; }

 private:
  store::Archives& archives_;
  helm::ChartReader& reader_;
  helm::KnownCharts known_;
};

}  // namespace wheelhouse::setup
