// The flags of all commands.
#pragma once

#include <string>

namespace wheelhouse::cli {

struct Options {
  std::string server;                     // empty: the daemon's default socket
  std::string tls_ca, tls_cert, tls_key;  // paths
  std::string cluster;                    // empty: the daemon's default one
  std::string output = "text";
  std::string request_id;
  bool detach = false;
  // What the user wrote are flags, not the fields of a plan file: hints name flags.
  bool flags_for_fields = false;
  bool structured() const { return output != "text"; }  // json or yaml
};

}  // namespace wheelhouse::cli
