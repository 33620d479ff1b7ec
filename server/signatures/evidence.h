// What a source has beside a chart's archive to show who made it. Not trusted, but bounded by
// whoever fetched it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace wheelhouse::signatures {

// The most that is read of a provenance file. It holds the chart's Chart.yaml, which is rarely
// larger than some KiB.
inline constexpr size_t kLargestProvenance = 512 << 10;
// The most that is read of what cosign signs for one manifest.
inline constexpr size_t kLargestPayload = 64 << 10;
// The most that is read of a bundle, in which there may be certificates and proofs of logs.
inline constexpr size_t kLargestBundle = 256 << 10;
// Of either kind.
inline constexpr size_t kMostSignatures = 20;

struct Evidence {
  struct Cosign {
    std::string payload;    // simple signing JSON
    std::string signature;  // over its bytes; base64
  };

  std::string provenance;  // the text of the .prov file; empty: there is none
  // Of the manifest that the archive was fetched by: `sha256:` and hex. Empty for what is of no
  // registry.
  std::string manifest_digest;
  std::vector<Cosign> cosign;
  std::vector<std::string> bundles;  // of newer cosigns: Sigstore bundles, JSON

  bool has_cosign() const { return !cosign.empty() || !bundles.empty(); }
};

}  // namespace wheelhouse::signatures
