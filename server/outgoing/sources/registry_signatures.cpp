#include "server/outgoing/sources/registry_signatures.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"
#include "server/kube/json.h"

namespace wheelhouse::outgoing {
namespace {

using kube::Json;

constexpr char kSigningLayer[] = "application/vnd.dev.cosign.simplesigning.v1+json";
constexpr char kSignature[] = "/annotations/dev.cosignproject.cosign~1signature";
constexpr char kBundle[] = "application/vnd.dev.sigstore.bundle";  // and a version
constexpr JsonBudget kBudget{.values = 100'000, .depth = 20};

std::string WhatOf(const RegistryClient& registry) {
  return absl::StrCat("the cosign signatures of ", registry.name());
}

// `sha256-...`, as tags have it.
std::string TagOf(const std::string& digest) { return absl::StrReplaceAll(digest, {{":", "-"}}); }

absl::Status CheckNumber(const RegistryClient& registry, size_t number) {
  if (number < signatures::kMostSignatures) return absl::OkStatus();
  return MakeFailure(Reason::kChartTooLarge, absl::StrCat(WhatOf(registry), " are more than ",
                                                          signatures::kMostSignatures));
}

// The entries of a list in a document that is there, and nothing for one that is not.
absl::StatusOr<std::vector<Json>> EntriesUnder(RegistryClient* registry, const std::string& tag,
                                               const char* type, const char* list) {
  std::vector<Json> entries;
  const absl::StatusOr<Downloaded> answer = registry->GetManifest(tag, WhatOf(*registry), {type});
  if (HasReason(answer.status(), Reason::kChartNotFound)) return entries;
  RETURN_IF_ERROR(answer.status());
  const Json json = ParseJson(answer->body, kBudget);
  if (json.is_discarded()) return entries;
  for (const Json& entry : kube::List(json, list)) entries.push_back(entry);
  return entries;
}

absl::Status FetchSigned(RegistryClient* registry, signatures::Evidence* evidence) {
  ASSIGN_OR_RETURN(
      const std::vector<Json> layers,
      EntriesUnder(registry, TagOf(evidence->manifest_digest) + ".sig", kImageManifest, "/layers"));
  for (const Json& layer : layers) {
    const std::string digest = kube::Text(layer, "/digest");
    if (kube::Text(layer, "/mediaType") != kSigningLayer || !IsDigest(digest)) continue;
    RETURN_IF_ERROR(CheckNumber(*registry, evidence->cosign.size()));
    ASSIGN_OR_RETURN(std::string payload,
                     registry->GetBlob(digest, WhatOf(*registry), signatures::kLargestPayload));
    evidence->cosign.push_back({std::move(payload), kube::Text(layer, kSignature)});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Json>> Referrers(RegistryClient* registry, const std::string& digest) {
  ASSIGN_OR_RETURN(const std::optional<std::string> index,
                   registry->GetReferrers(digest, WhatOf(*registry)));
  if (!index.has_value()) return EntriesUnder(registry, TagOf(digest), kImageIndex, "/manifests");
  std::vector<Json> found;
  const Json json = ParseJson(*index, kBudget);
  if (json.is_discarded()) return found;
  for (const Json& entry : kube::List(json, "/manifests")) found.push_back(entry);
  return found;
}

absl::Status FetchBundles(RegistryClient* registry, signatures::Evidence* evidence) {
  ASSIGN_OR_RETURN(const std::vector<Json> referrers,
                   Referrers(registry, evidence->manifest_digest));
  size_t asked = 0;
  for (const Json& referrer : referrers) {
    const std::string digest = kube::Text(referrer, "/digest");
    // There are attestations of the same type: what a bundle says is read once it is verified.
    if (!absl::StartsWith(kube::Text(referrer, "/artifactType"), kBundle) || !IsDigest(digest))
      continue;
    RETURN_IF_ERROR(CheckNumber(*registry, asked++));
    ASSIGN_OR_RETURN(const std::vector<Json> layers,
                     EntriesUnder(registry, digest, kImageManifest, "/layers"));
    if (layers.empty()) continue;
    const std::string layer = kube::Text(layers.front(), "/digest");
    if (!absl::StartsWith(kube::Text(layers.front(), "/mediaType"), kBundle) || !IsDigest(layer))
      continue;
    ASSIGN_OR_RETURN(std::string bundle,
                     registry->GetBlob(layer, WhatOf(*registry), signatures::kLargestBundle));
    evidence->bundles.push_back(std::move(bundle));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FetchCosign(RegistryClient* registry, signatures::Evidence* evidence) {
  RETURN_IF_ERROR(FetchSigned(registry, evidence));
  return FetchBundles(registry, evidence);
}

}  // namespace wheelhouse::outgoing
