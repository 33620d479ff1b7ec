// wheelhoused.yaml, read and checked: what comes out has every default filled in.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/config/config.pb.h"

namespace wheelhouse::config {

// Where things lie by default: as root below /etc, /run and /var/lib, else in the XDG folders.
struct Places {
  std::string config_file;
  std::string socket;           // empty when there is no XDG_RUNTIME_DIR
  std::string state_directory;  // empty when there is neither XDG_STATE_HOME nor HOME
};

// Reads the environment and the effective user.
Places DefaultPlaces();

// CONFIG_INVALID with `FILE:LINE:COLUMN: what is wrong` for each error.
absl::StatusOr<v1::Config> ReadConfig(const std::string& text, const std::string& file,
                                      const Places& places);

// The same from a file.
absl::StatusOr<v1::Config> LoadConfig(const std::string& path, const Places& places);

// Of Listen.mode, which ReadConfig has checked.
unsigned SocketMode(const v1::Listen& listen);

}  // namespace wheelhouse::config
