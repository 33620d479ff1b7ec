// What a provenance file says of a chart, once its signature was verified.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

namespace wheelhouse::signatures {

struct Statement {
  std::string name, version;                 // of Chart.yaml
  std::map<std::string, std::string> files;  // `sha256:` and hex, by the archive's name
};

// As helm writes it: Chart.yaml, a line `...`, and the digests of files. SIGNATURE_INVALID for
// anything else. Pure.
absl::StatusOr<Statement> ReadStatement(const std::string& text);

}  // namespace wheelhouse::signatures
