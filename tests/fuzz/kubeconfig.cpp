// A kubeconfig: the context's name, a line, then the file.
#include "server/kube/rest/kubeconfig.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  const size_t line = std::min(text.find('\n'), text.size());
  const fuzz::MemoryFile file(text.substr(std::min(line + 1, text.size())));
  const auto connection = kube::ReadKubeconfig(file.path(), text.substr(0, line));
  if (connection.ok()) fuzz::Require(!connection->server.empty(), "a connection has a server");
  return 0;
}
