// Who calls, and how that is known. Policy, audit and ownership are about a principal, never about
// a bare name: two listeners may know two callers by one name.
//
// For now what a principal owns (request ids and uploaded archives) is found by its name alone,
// since runs stored by older daemons have only the name. Code that compares names says so.
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

// A value. `name` is printable UTF-8 and not empty.
struct Principal {
  std::string name;
  KnownBy known_by = KnownBy::kUnknown;

  friend bool operator==(const Principal&, const Principal&) = default;
};

}  // namespace wheelhouse
