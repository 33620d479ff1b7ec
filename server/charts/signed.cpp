#include "server/charts/signed.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/sha256.h"
#include "common/status_macros.h"

namespace wheelhouse::charts {
namespace {

// As a plan asks for it: the last part of an `oci` without tag and digest.
std::string NameOf(const v1::ChartSource& source) {
  if (source.has_repository()) return source.repository().name();
  const std::string& reference = source.oci().reference();
  const std::string last = reference.substr(reference.rfind('/') + 1);
  return last.substr(0, last.find_first_of(":@"));
}

}  // namespace

std::string TextOf(const v1::ChartSource& source, const std::string& version) {
  const std::string text = version.empty() ? "" : absl::StrCat(" ", version);
  if (source.has_oci()) return absl::StrCat(source.oci().reference(), text);
  return absl::StrCat(source.repository().name(), text, " of ", source.repository().url());
}

absl::StatusOr<std::optional<v1::ChartSignature>> VerifyFetched(
    const Context& context, const FetchParts& parts, const v1::ChartSource& source,
    const outgoing::FetchedArchive& archive) {
  if (!archive.must_be_signed.has_value()) return std::nullopt;
  return parts.verifier.Verify(
      context, archive.must_be_signed->by, archive.must_be_signed->evidence,
      {TextOf(source, archive.version), archive.sha256, NameOf(source), archive.version});
}

absl::Status CheckIsWhatWasAsked(const v1::ChartSource& source, const std::string& version,
                                 const helm::Chart& chart) {
  const bool same = chart.name == NameOf(source) &&
                    (version.empty() || signatures::IsSameVersion(chart.version, version));
  if (same) return absl::OkStatus();
  return MakeFailure(Reason::kSignatureInvalid,
                     absl::StrCat("what was fetched as ", TextOf(source, version),
                                  " is signed, but as ", chart.name, " ", chart.version));
}

absl::StatusOr<std::optional<v1::ChartSignature>> VerifyUploaded(const Context& context,
                                                                 const FetchParts& parts,
                                                                 const v1::ChartSource& source,
                                                                 const Principal& owner) {
  const signatures::TrustedKeys* by = parts.sources.SignersOfUpload(source.verify());
  if (by == nullptr) return std::nullopt;
  const std::string& digest = source.archive_digest();
  ASSIGN_OR_RETURN(helm::UploadedProof proof, parts.archives.ProofOf(digest, owner));
  signatures::Evidence evidence;
  evidence.provenance = std::move(proof.provenance);
  return parts.verifier.Verify(
      context, *by, evidence,
      {absl::StrCat("the uploaded chart ", digest), std::move(proof.archive_sha256), "", ""});
}

absl::StatusOr<std::optional<v1::ChartSignature>> VerifyUpload(const Context& context,
                                                               const FetchParts& parts,
                                                               const std::string& file,
                                                               const std::string& provenance) {
  const signatures::TrustedKeys* by = parts.sources.SignersOfUpload(v1::VERIFY_UNSPECIFIED);
  if (by == nullptr) return std::nullopt;
  ASSIGN_OR_RETURN(std::string sha256, Sha256OfFile(file));
  signatures::Evidence evidence;
  evidence.provenance = provenance;
  return parts.verifier.Verify(context, *by, evidence,
                               {"the chart that is uploaded", std::move(sha256), "", ""});
}

}  // namespace wheelhouse::charts
