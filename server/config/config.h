// wheelhoused.yaml, read and checked: what comes out has every default filled in.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
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

// What the text alone does not tell. Unset: not asked.
struct Checks {
  std::function<bool(const std::string& path)> readable;  // a file that is named
  // What is wrong with an entry of egress.allow; empty: nothing.
  std::function<std::string(const std::string& entry)> egress;
};

// CONFIG_INVALID with `FILE:LINE:COLUMN: what is wrong` for each error, all of them.
absl::StatusOr<v1::Config> ReadConfig(const std::string& text, const std::string& file,
                                      const Places& places, const Checks& checks);

// The same from a file.
absl::StatusOr<v1::Config> LoadConfig(const std::string& path, const Places& places,
                                      const Checks& checks);

// Of a listener that came out of ReadConfig; 0 for TCP.
unsigned SocketMode(const v1::Listen& listen);

}  // namespace wheelhouse::config
