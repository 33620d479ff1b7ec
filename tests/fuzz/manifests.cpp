// What helm renders from a hostile chart.
#include "server/helm/charts.h"
#include "server/lifecycle/objects/manifest.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  std::vector<helm::CrdFile> crds = {{"crds/a.yaml", "kind: CustomResourceDefinition\n"}};
  lifecycle::ReadManifests(helm::SplitEnabledCrds(text, &crds), "manifest").status().IgnoreError();
  return 0;
}
