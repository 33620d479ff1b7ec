// The file of a Unix socket: gRPC binds it, and would unlink a live one.
#pragma once

#include <absl/status/status.h>

#include <string>

namespace wheelhouse::api {

// Makes the folder, and removes a socket that a dead daemon left. CONFIG_INVALID when somebody
// answers on it, or when it is no socket.
absl::Status MakeRoomForSocket(const std::string& path);

// Gives the bound socket its group (by name; empty: none) and then its mode. CONFIG_INVALID.
absl::Status GrantSocket(const std::string& path, unsigned mode, const std::string& group);

}  // namespace wheelhouse::api
