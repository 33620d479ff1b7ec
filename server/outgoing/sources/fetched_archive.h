// What was downloaded.
#pragma once

#include <string>

namespace wheelhouse::outgoing {

struct FetchedArchive {
  std::string path;
  // As the repository's index or the registry's tag has it; empty where the plan names a manifest's
  // digest, or a tag that is no version.
  std::string version;
  std::string sha256;  // `sha256:` and hex, of the archive's bytes
};

}  // namespace wheelhouse::outgoing
