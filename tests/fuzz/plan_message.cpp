// A plan as it comes over the wire.
#include "server/plan/prepare.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  static const plan::Profiles profiles = *plan::Profiles::Load({});
  v1::Plan plan;
  if (!plan.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto identify = [](const std::string&) { return plan::ChartIdentity{"coredns", "1.40.0"}; };
  plan::Prepare(std::move(plan), profiles, {}, identify).status().IgnoreError();
  return 0;
}
