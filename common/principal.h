// Who calls, and how that is known. Policy, audit and ownership are about a principal, never about
// a bare name: two listeners may know two callers by one name.
//
// For now what a principal owns (its request ids and uploaded archives) is found by its name alone:
// runs that older daemons stored have no more than the name. The places that compare names say so.
#pragma once

#include <string>
#include <utility>

namespace wheelhouse {

// How a principal's name is known.
enum class KnownBy {
  kUnknown,      // a run that was stored before daemons kept this
  kUnixSocket,   // configured for the Unix socket that the call came in on
  kCertificate,  // the verified client certificate of a connection with mutual TLS
};

// A value. `name` is printable UTF-8 and not empty.
struct Principal {
  std::string name;
  KnownBy known_by = KnownBy::kUnknown;

  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace wheelhouse
