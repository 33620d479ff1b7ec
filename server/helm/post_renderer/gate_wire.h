// What helm's post-renderer and the daemon say to each other over a socket: the rendered manifest,
// and then the bytes to apply, or a refusal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wheelhouse::helm {

// The largest manifest that is passed on, in bytes. helm keeps the manifest in a record of 1 MiB,
// packed.
inline constexpr size_t kLargestManifest = 32 << 20;

// Where helm, and all that helm starts, have the socket: the first of ProcessSpec.descriptors. Go
// leaves inherited descriptors alone (4.3.1, 3.22.0).
inline constexpr int kGateDescriptor = 3;

// A question or an answer. On the wire: its kind, then the size of its body in the machine's own
// byte order, then the body.
enum class FrameKind : char { kManifest, kTooLarge, kApply, kRefuse };
struct Frame {
  FrameKind kind;
  std::string body;
};

// False when the other end has gone.
bool SendFrame(int socket, FrameKind kind, std::string_view body);

// nullopt at the end of the stream, and for what is not a frame.
std::optional<Frame> ReadFrame(int socket);

// The post-renderer's side: asks, and waits for the answer, kApply or kRefuse. nullopt asks about a
// manifest that is too large to be sent. Where the daemon has gone, a refusal that says so.
Frame AskGate(int socket, const std::optional<std::string>& manifest);

}  // namespace wheelhouse::helm
