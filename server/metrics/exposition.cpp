#include "server/metrics/exposition.h"

#include <absl/strings/str_cat.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "server/metrics/families.h"

namespace wheelhouse::metrics {
namespace {

class Collected final : public prometheus::Collectable {
 public:
  explicit Collected(Exposition::Read read) : read_(std::move(read)) {}
  std::vector<prometheus::MetricFamily> Collect() const override { return FamiliesOf(read_()); }

 private:
  const Exposition::Read read_;
};

// Of civetweb. A client that sends or reads nothing holds up one of the two threads for so long.
std::vector<std::string> OptionsFor(const std::string& address) {
  return {"listening_ports", address, "num_threads", "2", "request_timeout_ms", "5000"};
}

}  // namespace

// The exposer, which ends first, uses what is collected.
struct Exposition::Parts {
  std::shared_ptr<Collected> collected;  // prometheus-cpp wants to observe it
  prometheus::Exposer exposer;
};

Exposition::Exposition(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Exposition::~Exposition() = default;

absl::StatusOr<std::unique_ptr<Exposition>> Exposition::Start(const std::string& address,
                                                              Read read) {
  try {
    std::unique_ptr<Parts> parts(new Parts{std::make_shared<Collected>(std::move(read)),
                                           prometheus::Exposer(OptionsFor(address))});
    parts->exposer.RegisterCollectable(parts->collected);
    std::unique_ptr<Exposition> exposition(new Exposition(std::move(parts)));
    spdlog::info("metrics are at http://{}/metrics",
                 absl::StrCat(address.substr(0, address.rfind(':')), ":", exposition->port()));
    return exposition;
  } catch (const std::exception& error) {
    // civetweb says no more than that it could not.
    return MakeFailure(Reason::kConfigInvalid,
                       absl::StrCat("metrics.listen ", address,
                                    ": cannot be listened on: is it in use, or not an address of "
                                    "this machine? (",
                                    error.what(), ")"));
  }
}

int Exposition::port() const {
  const std::vector<int> ports = parts_->exposer.GetListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

}  // namespace wheelhouse::metrics
