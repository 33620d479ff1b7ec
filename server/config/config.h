// wheelhoused.yaml, read and checked, with every default filled in.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <string>

#include "server/config/config.pb.h"

namespace wheelhouse::config {

// The default locations: below /etc, /run and /var/lib for root, else in the XDG folders.
struct DefaultPaths {
  std::string config_file;
  std::string socket;           // empty when there is no XDG_RUNTIME_DIR
  std::string state_directory;  // empty when there is neither XDG_STATE_HOME nor HOME
};

// Reads the environment and the effective user.
DefaultPaths FindDefaultPaths();

// Checks that need more than the text. Those that are unset are left out.
struct Checks {
  std::function<bool(const std::string& path)> readable;  // a named file
  // What is wrong with an entry of egress.allow; empty when nothing is.
  std::function<std::string(const std::string& entry)> egress;
  // What is wrong with a file that holds a secret; empty when nothing is.
  std::function<std::string(const std::string& path)> secret;
  // What is wrong with an entry of sources.allow, by the path below it: `.url`.
  std::function<std::map<std::string, std::string>(const v1::AllowedSource& entry)> source;
  // What is wrong with a file of OpenPGP keys, and with one of a cosign key; empty when nothing is.
  std::function<std::string(const std::string& path)> keyring, cosign_key;
};

// CONFIG_INVALID with `FILE:LINE:COLUMN: what is wrong` for every error.
absl::StatusOr<v1::Config> ReadConfig(const std::string& text, const std::string& file,
                                      const DefaultPaths& paths, const Checks& checks);

// The same from a file.
absl::StatusOr<v1::Config> LoadConfig(const std::string& path, const DefaultPaths& paths,
                                      const Checks& checks);

// The mode of a listener that ReadConfig returned; 0 for TCP.
unsigned SocketMode(const v1::Listen& listen);

}  // namespace wheelhouse::config
