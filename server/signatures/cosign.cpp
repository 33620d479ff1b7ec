#include "server/signatures/cosign.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "server/kube/json.h"

namespace wheelhouse::signatures {
namespace {

using kube::Json;
using kube::Text;

// What cosign writes, of containers and charts alike.
constexpr char kSimpleType[] = "cosign container image signature";
constexpr char kPayloadType[] = "application/vnd.in-toto+json";
// Attestations, which say something else of the manifest, are in bundles of the same kind.
constexpr char kPredicate[] = "https://sigstore.dev/cosign/sign/v1";
constexpr JsonBudget kBudget{.values = 10'000, .depth = 50};

// What somebody says to have signed.
struct Claim {
  std::string document;      // that names the manifest
  std::string signed_bytes;  // of which the document is all, or a part
  std::string signature;
  bool (*names)(const Json& document, const std::string& manifest_digest) = nullptr;
};

// What the key may have signed a digest by; nullptr: Ed25519, which has its own. cosign takes
// SHA-256 for every key, newer versions the digest that fits a curve.
std::vector<const EVP_MD*> DigestsOf(const CosignKey& key) {
  const int type = EVP_PKEY_get_base_id(key.key.get());
  if (type == EVP_PKEY_ED25519) return {nullptr};
  std::vector<const EVP_MD*> digests = {EVP_sha256()};
  const int bits = EVP_PKEY_get_bits(key.key.get());
  if (type == EVP_PKEY_EC && bits > 256)
    digests.push_back(bits > 384 ? EVP_sha512() : EVP_sha384());
  return digests;
}

bool HasSigned(const CosignKey& key, const std::string& payload, const std::string& signature) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(payload.data());
  return std::ranges::any_of(DigestsOf(key), [&](const EVP_MD* digest) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(hash.get(), nullptr, digest, nullptr, key.key.get()) == 1 &&
           EVP_DigestVerify(hash.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), bytes, payload.size()) == 1;
  });
}

bool NamesInSimpleSigning(const Json& document, const std::string& manifest_digest) {
  return Text(document, "/critical/type") == kSimpleType &&
         Text(document, "/critical/image/docker-manifest-digest") == manifest_digest;
}

bool NamesInStatement(const Json& document, const std::string& manifest_digest) {
  if (Text(document, "/predicateType") != kPredicate || !document.contains("subject")) return false;
  const Json& subjects = document["subject"];
  return subjects.is_array() && std::ranges::any_of(subjects, [&](const Json& subject) {
           return absl::StrCat("sha256:", Text(subject, "/digest/sha256")) == manifest_digest;
         });
}

// The claim of a bundle; nullopt for one without a DSSE envelope (v1.0.2 of that specification).
std::optional<Claim> ClaimOf(const std::string& bundle) {
  const Json json = ParseJson(bundle, kBudget);
  if (json.is_discarded() || Text(json, "/dsseEnvelope/payloadType") != kPayloadType)
    return std::nullopt;
  Claim claim;
  claim.names = NamesInStatement;
  if (!absl::Base64Unescape(Text(json, "/dsseEnvelope/payload"), &claim.document) ||
      !absl::Base64Unescape(Text(json, "/dsseEnvelope/signatures/0/sig"), &claim.signature))
    return std::nullopt;
  claim.signed_bytes = absl::StrCat("DSSEv1 ", std::string(kPayloadType).size(), " ", kPayloadType,
                                    " ", claim.document.size(), " ", claim.document);
  return claim;
}

std::vector<Claim> ClaimsOf(const Evidence& evidence) {
  std::vector<Claim> claims;
  for (const Evidence::Cosign& one : evidence.cosign) {
    Claim claim{one.payload, one.payload, "", NamesInSimpleSigning};
    if (absl::Base64Unescape(one.signature, &claim.signature)) claims.push_back(std::move(claim));
  }
  for (const std::string& bundle : evidence.bundles) {
    if (auto claim = ClaimOf(bundle); claim.has_value()) claims.push_back(*std::move(claim));
  }
  return claims;
}

bool Names(const Claim& claim, const std::string& manifest_digest) {
  const Json document = ParseJson(claim.document, kBudget);
  return document.is_object() && claim.names(document, manifest_digest);
}

}  // namespace

absl::StatusOr<std::string> VerifyCosign(const std::vector<CosignKey>& keys,
                                         const Evidence& evidence) {
  bool signed_another = false;
  for (const Claim& claim : ClaimsOf(evidence)) {
    for (const CosignKey& key : keys) {
      if (!HasSigned(key, claim.signed_bytes, claim.signature)) continue;
      if (Names(claim, evidence.manifest_digest)) return key.fingerprint;
      signed_another = true;
    }
  }
  return MakeFailure(
      Reason::kSignatureInvalid,
      signed_another
          ? absl::StrCat("its cosign signature is not of the manifest ", evidence.manifest_digest)
          : "no cosign signature of it is by a key that the operator trusts for this source "
            "(without a key, by Fulcio and Rekor, none is verified)");
}

}  // namespace wheelhouse::signatures
