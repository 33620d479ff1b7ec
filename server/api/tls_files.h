// The PEM files of a listener with mutual TLS.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::api {

struct TlsFiles {
  std::string cert;       // the daemon's, with its chain
  std::string key;        // of cert
  std::string client_ca;  // who signs clients' certificates
};

// Reads the files of these paths. CONFIG_INVALID names the file that cannot be read or is not PEM,
// and a key that is another certificate's (gRPC would only say that it cannot listen).
absl::StatusOr<TlsFiles> ReadTlsFiles(const TlsFiles& paths);

}  // namespace wheelhouse::api
