// A chart's tar archive. It is packed by gzip here: of packed bytes a fuzzer changes nothing but
// the checksum.
#include <zlib.h>

#include "server/helm/charts.h"
#include "tests/fuzz/fuzz.h"

namespace {

std::string Gzip(const uint8_t* data, size_t size) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, size), '\0');
  stream.next_in = const_cast<Bytef*>(data);
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const fuzz::MemoryFile file(Gzip(data, size));
  const auto chart = helm::ReadChartArchive(file.path(), {1 << 20, 4 << 20, 100});
  if (chart.ok()) fuzz::Require(!chart->name.empty(), "a chart that is taken has a name");
  return 0;
}
