// What helm renders from a hostile chart.
#include "common/formats/manifest.h"
#include "server/helm/charts.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  std::vector<helm::CrdFile> crds = {{"crds/a.yaml", "kind: CustomResourceDefinition\n"}};
  ReadManifests(helm::SplitEnabledCrds(text, &crds), "manifest").status().IgnoreError();
  return 0;
}
