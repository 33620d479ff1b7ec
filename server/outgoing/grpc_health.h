// The gRPC health check of a probe (grpc.health.v1).
#pragma once

#include <string>

#include "common/context.h"
#include "server/outgoing/outgoing.h"

namespace wheelhouse::outgoing {

// Calls Check once for a service (empty: the server as a whole), in clear text over `connection`,
// which leads to `authority`. Returns what is wrong with the answer in a few words, such as
// `answers NOT_SERVING`; empty when it is SERVING.
std::string AskGrpcHealth(const Context& context, Connection connection,
                          const std::string& authority, const std::string& service);

}  // namespace wheelhouse::outgoing
