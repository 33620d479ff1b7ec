// Serves the metrics over HTTP.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "server/metrics/snapshot.h"

namespace wheelhouse::metrics {

class Exposition {
 public:
  // Called for each scrape, on one of two threads of the exposition.
  using Read = std::function<Snapshot()>;

  // From now on serves http://ADDRESS/metrics. `address` is IP:PORT, or [IP]:PORT; port 0 is any
  // that is free, which the log names. CONFIG_INVALID when it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<Exposition>> Start(const std::string& address, Read read);
  // Waits for scrapes that are under way; `read` is not called any more.
  ~Exposition();
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  int port() const;

 private:
  struct Parts;
  explicit Exposition(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace wheelhouse::metrics
