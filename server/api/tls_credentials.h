// The credentials of a listener with mutual TLS, whose files may be replaced while it listens.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "server/api/tls_files.h"

namespace wheelhouse::api {

// Each handshake looks whether the files have changed, so that every connection after a change has
// the new ones. Files that are broken, or do not fit each other (yet), leave the old ones in use,
// and the log says so once. CONFIG_INVALID, as ReadTlsFiles, when there are no good ones to begin
// with.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MutualTls(const TlsFiles& paths,
                                                                   const std::string& address);

}  // namespace wheelhouse::api
