// The body of a watch, cut anywhere: events are the same however it is cut.
#include "server/kube/rest/watch_stream.h"

#include "tests/fuzz/fuzz.h"

namespace {

using wheelhouse::kube::WatchEvent;
using wheelhouse::kube::WatchStream;

std::string EventsOf(const std::string& body, size_t part) {
  std::string seen;
  WatchStream stream([&](const WatchEvent& event) {
    seen += event.object.dump(-1, ' ', false, wheelhouse::kube::Json::error_handler_t::replace);
  });
  for (size_t at = 0; at < body.size(); at += part) {
    if (!stream.Take(absl::string_view(body).substr(at, part))) break;
  }
  return seen;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  if (size == 0) return 0;
  const std::string body = fuzz::Text(data + 1, size - 1);
  fuzz::Require(EventsOf(body, body.size() + 1) == EventsOf(body, data[0] % 16 + 1),
                "events do not depend on where the body is cut");
  return 0;
}
