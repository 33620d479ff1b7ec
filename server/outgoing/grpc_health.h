// grpc.health.v1, as a probe asks it.
#pragma once

#include <string>

#include "common/context.h"
#include "server/outgoing/outgoing.h"

namespace wheelhouse::outgoing {

// One Check of a service (empty: the server as a whole), in clear text over `connection`, which is
// to `authority`. What the answer lacks, in a few words: `answers NOT_SERVING`; empty when it is
// SERVING.
std::string AskGrpcHealth(const Context& context, Connection connection,
                          const std::string& authority, const std::string& service);

}  // namespace wheelhouse::outgoing
