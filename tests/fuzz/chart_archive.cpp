// A chart's tar archive, which is packed here.
#include "server/helm/charts.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fakes/gzip.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const fuzz::MemoryFile file(Gzip(fuzz::Text(data, size), Z_BEST_SPEED));
  const auto chart = helm::ReadChartArchive(file.path(), {1 << 20, 4 << 20, 100});
  if (chart.ok()) fuzz::Require(!chart->name.empty(), "a chart that is taken has a name");
  return 0;
}
