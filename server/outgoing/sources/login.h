// Credentials of sources, read from the operator's files.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/outgoing/sources/allowed_source.h"

namespace wheelhouse::outgoing {

// What is shown to a source. Never logged.
struct Login {
  std::string username, password;
  std::string token;
  std::string client_cert, client_key;  // files
};

// Reads the files now; a credential without a name is no credential. `host` (`ghcr.io:443`) finds
// the entry in a docker configuration. REPOSITORY_UNAVAILABLE, without the reason, which is logged.
absl::StatusOr<Login> ReadLogin(const SourceCredential& credential, const std::string& host);

// What is wrong with a file that holds a secret: it cannot be read, or everybody can. Empty when
// nothing is.
std::string WrongWithSecretFile(const std::string& path);

// `Basic ...` of user and password, `Bearer ...` of a token; empty without either.
std::string AuthorizationOf(const Login& login);

}  // namespace wheelhouse::outgoing
