// A plan as it comes over the wire.
#include "server/plan/plan_check.h"
#include "tests/fuzz/fuzz.h"
#include "wheelhouse/v1/plan.pb.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  v1::Plan plan;
  if (!plan.ParseFromArray(data, static_cast<int>(size))) return 0;
  plan::CheckPlan(plan).IgnoreError();
  return 0;
}
