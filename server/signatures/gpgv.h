// OpenPGP signatures, verified by GnuPG's gpgv: a program for just that, which every Debian has,
// run as a child with bounds, since what it reads is not trusted.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "common/context.h"
#include "common/process/process.h"

namespace wheelhouse::signatures {

// What gpgv needs; lent.
struct Gpgv {
  std::string path;            // or a name that is looked up in PATH
  std::string temp_directory;  // 0700
  ProcessRunner& runner;
};

struct ClearSigned {
  std::string text;         // what was signed, as gpgv returns it
  std::string fingerprint;  // of the primary key, in hex
  std::string signer;       // its user id, as valid UTF-8
};

// Verifies a clearsigned message, and nothing beside it, that has exactly one signature, by a key
// of `keyring` (ReadKeyring) that is valid now. SIGNATURE_INVALID, saying why: also for signatures
// over SHA-1 and weaker digests; GPGV_MISSING; CHILD_OUT_OF_MEMORY, CHILD_OUT_OF_CPU; what ended
// the Context.
absl::StatusOr<ClearSigned> VerifyClearSigned(const Context& context, const Gpgv& gpgv,
                                              const std::string& keyring,
                                              const std::string& message);

}  // namespace wheelhouse::signatures
