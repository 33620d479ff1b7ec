// Requests that the daemon sends on a caller's behalf to anything other than the cluster: only
// within Egress, without proxy or cookies, and without following redirects. Errors of all calls:
// TARGET_NOT_ALLOWED naming the address, STEP_FAILED when there is no answer, or what ended the
// Context.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "common/context.h"
#include "server/outgoing/egress.h"

namespace wheelhouse::outgoing {

// TARGET_NOT_ALLOWED for a host that is an address outside `egress`. A name passes: it is resolved
// and checked only when it is connected to. `shown` names the target in the message.
absl::Status CheckTarget(const Egress& egress, const std::string& host, int port,
                         const std::string& shown);
absl::Status CheckUrlTarget(const Egress& egress, const std::string& url, const std::string& shown);

struct OutgoingRequest {
  std::string url;           // must pass plan::CheckUrl
  std::string shown;         // names it in messages
  std::string content_type;  // set: a POST of `body`
  std::string body;
};

struct HttpAnswer {
  int status = 0;
  std::string body;  // its first 64 KiB
};

// One GET or POST, sent once; TLS is verified.
absl::StatusOr<HttpAnswer> Ask(const Context& context, const Egress& egress,
                               const OutgoingRequest& request);

// A TCP connection, closed with this object.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  Connection(Connection&& other) noexcept : fd_(other.Release()) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection();
  // The descriptor, which is non-blocking and from now on the caller's.
  int Release();

 private:
  int fd_;  // -1: released
};

// Connects to a name or an address.
absl::StatusOr<Connection> Connect(const Context& context, const Egress& egress,
                                   const std::string& host, int port);

}  // namespace wheelhouse::outgoing
