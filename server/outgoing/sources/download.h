// One bounded download from a source that the operator allows: only to URLs and addresses that the
// source may reach, also when it redirects.
//
// Callers learn from errors what they may know: that the source cannot be reached, what it answers.
// Addresses and curl's own words are for the operator, in the daemon's log.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/outgoing/sources/allowed_source.h"
#include "server/outgoing/sources/login.h"

namespace wheelhouse::outgoing {

struct Download {
  std::string url;
  std::string what;                 // for messages: `the index of https://charts.example/stable`
  uint64_t most = 0;                // bytes
  std::string into;                 // a file; empty: into Downloaded.body
  std::vector<std::string> accept;  // media types
  // `Basic ...`, sent to the URL's host and to no other that it redirects to.
  std::string authorization;
};

struct Downloaded {
  int status = 0;
  std::string body;
  std::string digest;     // `sha256:` and hex, of what was received
  std::string challenge;  // WWW-Authenticate
  std::string link;       // Link
};

// GET, with any answer that is no redirect. Errors: SOURCE_NOT_ALLOWED where the source sends the
// daemon to a URL that it may not reach; REPOSITORY_UNAVAILABLE when it cannot be reached, presents
// an unknown certificate, or redirects for ever; CHART_TOO_LARGE; what ended the Context.
absl::StatusOr<Downloaded> Get(const Context& context, const Source& source, const Login& login,
                               const Download& download);

// Of an answer that is not 200: CHART_NOT_FOUND for 404, else REPOSITORY_UNAVAILABLE.
absl::Status Unexpected(const Download& download, int status);

}  // namespace wheelhouse::outgoing
