// A plan file, and then the daemon's look at the plan.
#include "common/formats/yaml_proto.h"
#include "server/plan/plan_check.h"
#include "tests/fuzz/fuzz.h"
#include "wheelhouse/v1/plan.pb.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  v1::Plan plan;
  YamlLocations locations;
  YamlReadOptions options;
  options.locations = &locations;
  const absl::Status read = ReadYaml(fuzz::Text(data, size), {"plan.yaml"}, options, &plan);
  if (read.ok()) {
    plan::CheckPlan(plan).IgnoreError();
  } else {
    fuzz::Require(read.message().find("plan.yaml") != absl::string_view::npos,
                  "an error names the file");
  }
  return 0;
}
