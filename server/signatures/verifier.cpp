#include "server/signatures/verifier.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/signatures/cosign.h"
#include "server/signatures/statement.h"

namespace wheelhouse::signatures {
namespace {

// Which of the operator's files it is, is the operator's business.
absl::Status KeysUnusable(const absl::Status& why) {
  spdlog::error("keys that signatures are verified with cannot be used: {}",
                std::string(why.message()));
  return MakeFailure(Reason::kNoTrustedKeys,
                     "the keys that the operator trusts cannot be read; the daemon's log says why");
}

absl::Status CheckStatement(const Statement& statement, const Archive& archive) {
  const std::string is = absl::StrCat(statement.name, " ", statement.version);
  if (!archive.name.empty() && statement.name != archive.name)
    return MakeFailure(Reason::kSignatureInvalid,
                       absl::StrCat("its provenance file is of another chart, ", is));
  if (!archive.version.empty() && !IsSameVersion(statement.version, archive.version))
    return MakeFailure(Reason::kSignatureInvalid,
                       absl::StrCat("its provenance file is of another version, ", is));
  const bool named = std::ranges::any_of(
      statement.files, [&](const auto& file) { return file.second == archive.sha256; });
  if (named) return absl::OkStatus();
  return MakeFailure(
      Reason::kSignatureInvalid,
      absl::StrCat("its provenance file, of ", is,
                   ", is of another archive than this one, which has the digest ", archive.sha256));
}

absl::StatusOr<v1::ChartSignature> VerifyByCosign(const TrustedKeys& keys,
                                                  const Evidence& evidence) {
  std::vector<CosignKey> read;
  for (const std::string& file : keys.cosign_keys) {
    absl::StatusOr<CosignKey> key = ReadCosignKey(file);
    if (!key.ok()) return KeysUnusable(key.status());
    read.push_back(*std::move(key));
  }
  v1::ChartSignature signature;
  ASSIGN_OR_RETURN(*signature.mutable_key(), VerifyCosign(read, evidence));
  signature.set_format(v1::SIGNATURE_FORMAT_COSIGN);
  return signature;
}

// Which signatures would have counted.
std::string KindsOf(const TrustedKeys& keys) {
  if (keys.cosign_keys.empty()) return "no provenance file (.prov)";
  if (keys.keyring.empty()) return "no cosign signature by a key";
  return "neither a provenance file (.prov) nor a cosign signature by a key";
}

}  // namespace

bool IsSameVersion(const std::string& one, const std::string& other) {
  return absl::StripPrefix(one, "v") == absl::StripPrefix(other, "v");
}

std::string SignedBy(const v1::ChartSignature& signature) {
  if (signature.format() == v1::SIGNATURE_FORMAT_COSIGN)
    return absl::StrCat("signed by ", signature.key(), " (cosign)");
  return absl::StrCat("signed by ", signature.key(), " ", signature.signer(), " (.prov)");
}

absl::StatusOr<v1::ChartSignature> Verifier::VerifyProvenance(const Context& context,
                                                              const TrustedKeys& keys,
                                                              const Evidence& evidence,
                                                              const Archive& archive) const {
  const absl::StatusOr<std::string> keyring = ReadKeyring(keys.keyring);
  if (!keyring.ok()) return KeysUnusable(keyring.status());
  ASSIGN_OR_RETURN(ClearSigned verified,
                   VerifyClearSigned(context, gpgv_, *keyring, evidence.provenance));
  ASSIGN_OR_RETURN(const Statement statement, ReadStatement(verified.text));
  RETURN_IF_ERROR(CheckStatement(statement, archive));
  v1::ChartSignature signature;
  signature.set_format(v1::SIGNATURE_FORMAT_PROVENANCE);
  signature.set_key(std::move(verified.fingerprint));
  signature.set_signer(std::move(verified.signer));
  return signature;
}

absl::StatusOr<v1::ChartSignature> Verifier::Verify(const Context& context, const TrustedKeys& keys,
                                                    const Evidence& evidence,
                                                    const Archive& archive) const {
  if (!keys.any())
    return MakeFailure(Reason::kNoTrustedKeys,
                       absl::StrCat("the operator trusts no keys for ", archive.what));
  absl::Status wrong = MakeFailure(Reason::kChartNotSigned, absl::StrCat("it has ", KindsOf(keys)));
  if (!keys.keyring.empty() && !evidence.provenance.empty()) {
    auto signature = VerifyProvenance(context, keys, evidence, archive);
    if (signature.ok()) return signature;
    wrong = signature.status();
  }
  const bool may_try =
      HasReason(wrong, Reason::kChartNotSigned) || HasReason(wrong, Reason::kSignatureInvalid);
  if (may_try && !keys.cosign_keys.empty() && evidence.has_cosign()) {
    auto signature = VerifyByCosign(keys, evidence);
    if (signature.ok()) return signature;
    wrong = signature.status();
  }
  return While(absl::StrCat("verifying who signed ", archive.what), wrong);
}

}  // namespace wheelhouse::signatures
