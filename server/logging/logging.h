// The daemon's log: one line an entry, on stderr.
#pragma once

#include "server/config/config.pb.h"

namespace wheelhouse {

// Control characters in what is logged are escaped, so that no caller can forge a line. gRPC's own
// log goes the same way.
void StartLog(const config::v1::Log& log);

}  // namespace wheelhouse
