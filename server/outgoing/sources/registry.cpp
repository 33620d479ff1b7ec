#include "server/outgoing/sources/registry.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/strip.h>

#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "server/outgoing/sources/registry_client.h"
#include "server/outgoing/sources/registry_signatures.h"
#include "server/outgoing/sources/versions.h"

namespace wheelhouse::outgoing {
namespace {

using kube::Json;

constexpr char kChartLayer[] = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
constexpr char kOldChartLayer[] = "application/tar+gzip";
constexpr char kProvenanceLayer[] = "application/vnd.cncf.helm.chart.provenance.v1.prov";

// Tags cannot have a plus.
std::string TagOf(const std::string& version) { return absl::StrReplaceAll(version, {{"+", "_"}}); }
std::string VersionOf(const std::string& tag) { return absl::StrReplaceAll(tag, {{"_", "+"}}); }

struct ChartManifest {
  std::string digest;      // its own
  std::string chart;       // the digest of the layer with the chart
  std::string provenance;  // the same of the provenance file; empty: there is none
};

absl::StatusOr<std::string> TagFor(RegistryClient* registry, const std::string& wanted) {
  if (IsOneVersion(wanted)) return TagOf(wanted);
  ASSIGN_OR_RETURN(const std::vector<std::string> tags, registry->Tags());
  std::vector<std::string> versions;
  for (const std::string& tag : tags) versions.push_back(VersionOf(tag));
  ASSIGN_OR_RETURN(const std::optional<size_t> chosen, ChooseVersion(versions, wanted));
  if (chosen.has_value()) return tags[*chosen];
  return MakeFailure(Reason::kChartNotFound, absl::StrCat(registry->name(), " has no version",
                                                          wanted.empty() ? "" : " ", wanted));
}

absl::StatusOr<ChartManifest> ManifestOf(RegistryClient* registry,
                                         const std::string& tag_or_digest) {
  const std::string what =
      absl::StrCat(registry->name(), IsDigest(tag_or_digest) ? "@" : ":", tag_or_digest);
  ASSIGN_OR_RETURN(const Downloaded answer,
                   registry->GetManifest(tag_or_digest, what, {kImageManifest}));
  ChartManifest manifest{answer.digest, "", ""};
  const Json json = ParseJson(answer.body);
  if (!json.is_discarded()) {
    for (const Json& layer : kube::List(json, "/layers")) {
      const std::string type = kube::Text(layer, "/mediaType");
      const std::string digest = kube::Text(layer, "/digest");
      if (!IsDigest(digest)) continue;
      if (manifest.chart.empty() && (type == kChartLayer || type == kOldChartLayer))
        manifest.chart = digest;
      if (manifest.provenance.empty() && type == kProvenanceLayer) manifest.provenance = digest;
    }
  }
  if (!manifest.chart.empty()) return manifest;
  return MakeFailure(Reason::kChartInvalid, absl::StrCat(what, " is not a helm chart"));
}

}  // namespace

std::optional<Reference> ParseReference(const std::string& reference) {
  absl::string_view rest = reference;
  if (!absl::ConsumePrefix(&rest, "oci://")) return std::nullopt;
  const size_t slash = rest.find('/');
  if (slash == absl::string_view::npos || slash == 0) return std::nullopt;
  rest.remove_prefix(slash + 1);
  Reference parsed;
  if (const size_t at = rest.find('@'); at != absl::string_view::npos) {
    parsed.digest = std::string(rest.substr(at + 1));
    rest = rest.substr(0, at);
    if (!IsDigest(parsed.digest)) return std::nullopt;
  }
  if (const size_t colon = rest.find(':'); colon != absl::string_view::npos) {
    parsed.tag = std::string(rest.substr(colon + 1));
    rest = rest.substr(0, colon);
    if (parsed.tag.empty() || !IsWithin(parsed.tag, "._-")) return std::nullopt;
  }
  parsed.repository = std::string(rest);
  const bool sane = !rest.empty() && IsWithin(rest, "._-/") && !absl::StrContains(rest, "//") &&
                    !absl::StrContains(rest, "..") && rest.front() != '/' && rest.back() != '/';
  return sane ? std::optional(parsed) : std::nullopt;
}

absl::StatusOr<FetchedArchive> FetchFromRegistry(const Context& context, const Source& source,
                                                 const v1::OciChart& chart,
                                                 const std::string& directory, uint64_t most,
                                                 bool must_be_signed) {
  const auto reference = ParseReference(chart.reference());
  if (!reference.has_value()) {
    return MakeFailure(Reason::kChartNotFound,
                       absl::StrCat(chart.reference(), " does not name a chart in a registry"));
  }
  const std::string& origin = source.base().origin();
  ASSIGN_OR_RETURN(Login login,
                   ReadLogin(source.credential(), origin.substr(origin.find("://") + 3)));
  RegistryClient registry(context, source, std::move(login), chart.reference(),
                          reference->repository);
  std::string which = reference->digest;
  if (which.empty()) {
    which = chart.version().empty() ? reference->tag : "";
    if (which.empty()) {
      ASSIGN_OR_RETURN(which, TagFor(&registry, chart.version()));
    }
  }
  ASSIGN_OR_RETURN(const ChartManifest manifest, ManifestOf(&registry, which));
  FetchedArchive archive{directory + "/chart.tgz", "", manifest.chart, {}};
  if (reference->digest.empty() && IsOneVersion(VersionOf(which)))
    archive.version = VersionOf(which);
  RETURN_IF_ERROR(registry
                      .GetBlob(manifest.chart, absl::StrCat("the archive of ", chart.reference()),
                               most, archive.path)
                      .status());
  if (!must_be_signed) return archive;
  archive.must_be_signed = {source.keys(), {}};
  signatures::Evidence& evidence = archive.must_be_signed->evidence;
  evidence.manifest_digest = manifest.digest;
  if (!source.keys().keyring.empty() && !manifest.provenance.empty()) {
    ASSIGN_OR_RETURN(evidence.provenance,
                     registry.GetBlob(manifest.provenance,
                                      absl::StrCat("the provenance file of ", chart.reference()),
                                      signatures::kLargestProvenance));
  }
  if (!source.keys().cosign_keys.empty()) RETURN_IF_ERROR(FetchCosign(&registry, &evidence));
  return archive;
}

}  // namespace wheelhouse::outgoing
