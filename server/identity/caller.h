// Who calls, by the listener that the call came in on. gRPC does not report the peer of a Unix
// socket, so each socket has one configured caller; over TCP the client's certificate names the
// caller.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/auth_context.h>

#include <string>

#include "common/principal.h"

namespace wheelhouse::identity {

// Names begin with how they are known, so that a certificate that is named like a socket is another
// caller: `unix:operators`, `tls:spiffe://sails/ci`. `configured` is the socket's caller; empty for
// a listener with mutual TLS, where the caller is the certificate's first URI, else its first DNS
// name, else its common name. UNAUTHENTICATED when the certificate has none of these, or when the
// name is not UTF-8 without control characters.
absl::StatusOr<Principal> CallerOf(const std::string& configured,
                                   const grpc::AuthContext* certificate);

}  // namespace wheelhouse::identity
