// Signatures of cosign's, by a key: of documents that name a manifest by its digest. Older versions
// write simple signing documents, newer ones Sigstore bundles with in-toto statements.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/signatures/evidence.h"
#include "server/signatures/trusted_keys.h"

namespace wheelhouse::signatures {

// The fingerprint of the first of `keys` that has signed the manifest. SIGNATURE_INVALID, saying
// why, when none has; `evidence` has at least one signature of cosign's. What is signed is parsed
// only once its signature was verified. Thread-safe; pure.
absl::StatusOr<std::string> VerifyCosign(const std::vector<CosignKey>& keys,
                                         const Evidence& evidence);

}  // namespace wheelhouse::signatures
