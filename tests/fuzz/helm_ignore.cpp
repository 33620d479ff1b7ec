// A path, a line, then a .helmignore.
#include "client/cli/plan/helm_ignore.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  const size_t line = std::min(text.find('\n'), text.size());
  const auto rules = cli::HelmIgnore::Parse(text.substr(std::min(line + 1, text.size())));
  if (rules.ok()) (void)rules->Ignores(text.substr(0, line), size % 2 == 0);
  return 0;
}
