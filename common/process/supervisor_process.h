// The supervisor's own side. Messages are JSON, one per SOCK_SEQPACKET packet: {spawn: id, argv,
// env, cwd, deadline, memory, file, cpu} (the bounds of ChildLimits) with the child's descriptors
// from 0 on, {signal: id, number}, {renew: id, deadline}; answers {started: id, error} and {exited:
// id, status}.
#pragma once

namespace wheelhouse {

// Serves until the socket closes, then kills every group. Does not return.
[[noreturn]] void SuperviseChildren(int socket);

}  // namespace wheelhouse
