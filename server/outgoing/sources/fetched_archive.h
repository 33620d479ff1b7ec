// What was downloaded.
#pragma once

#include <optional>
#include <string>

#include "server/signatures/evidence.h"
#include "server/signatures/trusted_keys.h"

namespace wheelhouse::outgoing {

struct FetchedArchive {
  std::string path;
  // As the repository's index or the registry's tag has it; empty where the plan names a manifest's
  // digest, or a tag that is no version.
  std::string version;
  std::string sha256;  // `sha256:` and hex, of the archive's bytes
  // Set where it must be signed; nobody has verified that yet.
  struct MustBeSigned {
    signatures::TrustedKeys by;
    signatures::Evidence evidence;  // of the kinds that there are keys for
  };
  std::optional<MustBeSigned> must_be_signed;
};

}  // namespace wheelhouse::outgoing
