// wheelhouse-post-renderer: hands the manifest on stdin to the daemon and writes what comes back to
// stdout. Only helm calls it. Errors go to stderr, which helm repeats.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "server/helm/post_renderer/gate_wire.h"

namespace wheelhouse::helm {
namespace {

// All of stdin; nullopt when that is more than a manifest may have.
std::optional<std::string> ReadManifest() {
  std::string manifest;
  char buffer[64 << 10];
  for (ssize_t size; (size = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0;) {
    manifest.append(buffer, static_cast<size_t>(size));
    if (manifest.size() > kLargestManifest) return std::nullopt;
  }
  return manifest;
}

int PostRender() {
  signal(SIGPIPE, SIG_IGN);
  const Frame answer = AskGate(kGateDescriptor, ReadManifest());
  if (answer.kind != FrameKind::kApply) {
    fprintf(stderr, "%s\n", answer.body.c_str());
    return 1;
  }
  const bool written =
      fwrite(answer.body.data(), 1, answer.body.size(), stdout) == answer.body.size();
  return fflush(stdout) == 0 && written ? 0 : 1;
}

}  // namespace
}  // namespace wheelhouse::helm

int main() { return wheelhouse::helm::PostRender(); }
