// Whether a chart's archive is signed by a key that the operator trusts.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "common/context.h"
#include "server/signatures/evidence.h"
#include "server/signatures/gpgv.h"
#include "server/signatures/trusted_keys.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::signatures {

// What must be signed.
struct Archive {
  std::string what;    // for messages: `web 1.2.0 of https://charts.example/stable`
  std::string sha256;  // `sha256:` and hex, of its bytes
  // As it was asked for; empty: whatever it is.
  std::string name, version;
};

// Whether two versions are the same text but for a leading v, which helm overlooks.
bool IsSameVersion(const std::string& one, const std::string& other);

// `signed by KEY SIGNER (.prov)`
std::string SignedBy(const v1::ChartSignature& signature);

// Thread-safe.
class Verifier {
 public:
  explicit Verifier(Gpgv gpgv) : gpgv_(std::move(gpgv)) {}

  // The first valid signature of the archive: of provenance files where there is a keyring, else of
  // cosign's where there are keys for it. NO_TRUSTED_KEYS without either, and when the
  // operator's files cannot be read any more, which is logged; CHART_NOT_SIGNED where there is no
  // signature of a kind that there are keys for; SIGNATURE_INVALID, naming the archive and saying
  // why, where none holds; else the errors of VerifyClearSigned.
  absl::StatusOr<v1::ChartSignature> Verify(const Context& context, const TrustedKeys& keys,
                                            const Evidence& evidence, const Archive& archive) const;

 private:
  absl::StatusOr<v1::ChartSignature> VerifyProvenance(const Context& context,
                                                      const TrustedKeys& keys,
                                                      const Evidence& evidence,
                                                      const Archive& archive) const;

  const Gpgv gpgv_;
};

}  // namespace wheelhouse::signatures
