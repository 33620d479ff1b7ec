// The supervisor's own side. Messages are JSON, one per SOCK_SEQPACKET packet: {spawn: id, argv,
// env, cwd, deadline, memory, file, cpus, cpu} (the bounds of ChildLimits) with the child's
// descriptors from 0 on, {signal: id, number}, {renew: id, deadline}; answers {started: id, error}
// and {exited: id, status, out_of_memory}.
#pragma once

#include <optional>

#include "common/process/child_cgroups.h"

namespace wheelhouse {

// Serves until the socket closes, then kills every group. Each child gets a control group of
// `cgroups`, where the system has them. Does not return.
[[noreturn]] void SuperviseChildren(int socket, std::optional<ChildCgroups> cgroups);

}  // namespace wheelhouse
