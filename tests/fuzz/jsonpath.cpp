// A JSONPath of a caller's: a line, then the object that it is read in.
#include "common/formats/jsonpath.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  const size_t line = std::min(text.find('\n'), text.size());
  const nlohmann::json object =
      nlohmann::json::parse(text.substr(std::min(line + 1, text.size())), nullptr, false);
  if (object.is_discarded()) return 0;
  ReadJsonPath(object, text.substr(0, line)).status().IgnoreError();
  return 0;
}
