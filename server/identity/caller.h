// Who calls: by the listener that the call came in on. gRPC reports nothing of the peer of a Unix
// socket, so that each socket has one configured caller; over TCP the client's certificate says who
// it is.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/security/auth_context.h>

#include <string>

#include "common/principal.h"

namespace wheelhouse::identity {

// `configured` is the socket's caller; empty for a listener with mutual TLS, where the first URI of
// the certificate counts, else its first DNS name, else its common name. UNAUTHENTICATED when there
// is none of them, or when it is not UTF-8 without control characters.
absl::StatusOr<Principal> CallerOf(const std::string& configured,
                                   const grpc::AuthContext* certificate);

}  // namespace wheelhouse::identity
