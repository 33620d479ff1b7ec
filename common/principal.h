// Who calls, and how that is known. The name begins with it (`unix:operators`, `tls:ci`), so that
// no two principals have one name, whatever certificates say: what a principal owns (runs, request
// ids, archives) is found by its name.
#pragma once

#include <string>
#include <utility>

namespace wheelhouse {

// How a principal's name is known.
enum class KnownBy {
  kUnknown,      // a run stored before this was recorded
  kUnixSocket,   // configured for the Unix socket of the call
  kCertificate,  // the verified client certificate of a connection with mutual TLS
};

// A value. `name` is printable UTF-8 and not empty. It has no prefix in runs that were stored
// before it was recorded how callers are known.
struct Principal {
  std::string name;
  KnownBy known_by = KnownBy::kUnknown;

  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace wheelhouse
