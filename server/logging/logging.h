// The daemon's log: one line an entry, on stderr.
#pragma once

#include "server/config/config.pb.h"

namespace wheelhouse {

// Control characters in what is logged are escaped, so that no caller can forge a line. gRPC's own
// log goes the same way. Nobody who logs waits for whoever reads stderr: see LogWriter.
void StartLog(const config::v1::Log& log);

// To be called at the daemon's end: blocks for up to two seconds, until what was logged is written.
void FlushLog();

}  // namespace wheelhouse
