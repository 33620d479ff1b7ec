#include "server/helm/post_renderer/gate_wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <cstdint>
#include <utility>

namespace wheelhouse::helm {
namespace {

constexpr size_t kHeader = 1 + sizeof(uint64_t);

bool SendAll(int socket, std::string_view data) {
  while (!data.empty()) {
    const ssize_t sent = send(socket, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    data.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool ReadAll(int socket, char* data, size_t size) {
  while (size > 0) {
    const ssize_t got = recv(socket, data, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

}  // namespace

bool SendFrame(int socket, FrameKind kind, std::string_view body) {
  const uint64_t size = body.size();
  char header[kHeader] = {static_cast<char>(kind)};
  memcpy(header + 1, &size, sizeof(size));
  return SendAll(socket, std::string_view(header, kHeader)) && SendAll(socket, body);
}

std::optional<Frame> ReadFrame(int socket) {
  char header[kHeader];
  if (!ReadAll(socket, header, kHeader)) return std::nullopt;
  uint64_t size = 0;
  memcpy(&size, header + 1, sizeof(size));
  if (size > kLargestManifest) return std::nullopt;
  Frame frame{static_cast<FrameKind>(header[0]), std::string(size, '\0')};
  if (!ReadAll(socket, frame.body.data(), size)) return std::nullopt;
  return frame;
}

Frame AskGate(int socket, const std::optional<std::string>& manifest) {
  Frame gone{FrameKind::kRefuse, "the daemon has gone"};
  if (!SendFrame(socket, manifest.has_value() ? FrameKind::kManifest : FrameKind::kTooLarge,
                 manifest.value_or("")))
    return gone;
  return ReadFrame(socket).value_or(std::move(gone));
}

}  // namespace wheelhouse::helm
