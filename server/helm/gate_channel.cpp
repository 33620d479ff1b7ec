#include "server/helm/gate_channel.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::helm {
namespace {

// A question or an answer: its kind, then the size of its body in the machine's own byte order,
// then the body.
enum class Kind : char { kManifest, kTooLarge, kApply, kRefuse };
struct Frame {
  Kind kind;
  std::string body;
};
constexpr size_t kHeader = 1 + sizeof(uint64_t);

bool SendAll(int socket, absl::string_view data) {
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

bool Send(int socket, Kind kind, absl::string_view body) {
  const uint64_t size = body.size();
  char header[kHeader] = {static_cast<char>(kind)};
  memcpy(header + 1, &size, sizeof(size));
  return SendAll(socket, absl::string_view(header, kHeader)) && SendAll(socket, body);
}

// nullopt at the end of the stream, and for what is no frame.
std::optional<Frame> Read(int socket) {
  char header[kHeader];
  if (!ReadAll(socket, header, kHeader)) return std::nullopt;
  uint64_t size = 0;
  memcpy(&size, header + 1, sizeof(size));
  if (size > kLargestManifest) return std::nullopt;
  Frame frame{static_cast<Kind>(header[0]), std::string(size, '\0')};
  if (!ReadAll(socket, frame.body.data(), size)) return std::nullopt;
  return frame;
}

}  // namespace

absl::Status ManifestTooLarge(absl::string_view what) {
  return MakeFailure(Reason::kChartTooLarge,
                     absl::StrCat(what, " is larger than ", kLargestManifest >> 20, " MiB"));
}

absl::StatusOr<std::unique_ptr<GateServer>> GateServer::Start(const Context& context,
                                                              const Gate& gate) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    return MakeFailure(Reason::kInternal, absl::StrCat("socketpair: ", strerror(errno)));
  return std::unique_ptr<GateServer>(new GateServer(context, gate, Fd(sockets[0]), Fd(sockets[1])));
}

GateServer::GateServer(const Context& context, const Gate& gate, Fd near, Fd far)
    : scope_(context.WithCancel()),
      gate_(gate),
      near_(std::move(near)),
      far_(std::move(far)),
      thread_([this] { Serve(); }) {}

void GateServer::Serve() {
  while (auto question = Read(near_.get())) {
    outcome_.asked = true;
    absl::StatusOr<std::string> answer = question->kind == Kind::kManifest
                                             ? gate_(scope_, std::move(question->body))
                                             : ManifestTooLarge("what the chart renders");
    // helm 4 takes no output for a failure, but a chart may render nothing.
    if (answer.ok() && absl::StripAsciiWhitespace(*answer).empty()) answer = "# nothing\n";
    if (answer.ok() && answer->size() > kLargestManifest)
      answer = ManifestTooLarge("the patched manifest");
    // What ended the whole call is its cause, not a refusal.
    if (!scope_.Check().ok()) return;
    if (!answer.ok()) outcome_.refusal.Update(answer.status());
    const bool sent =
        answer.ok() ? Send(near_.get(), Kind::kApply, *answer)
                    : Send(near_.get(), Kind::kRefuse, std::string(answer.status().message()));
    if (!sent) return;
  }
}

GateServer::Outcome GateServer::Finish() {
  scope_.Cancel(absl::CancelledError("helm has ended"));
  shutdown(near_.get(), SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

absl::StatusOr<std::string> AskGate(int socket, const std::optional<std::string>& manifest) {
  if (!Send(socket, manifest.has_value() ? Kind::kManifest : Kind::kTooLarge,
            manifest.has_value() ? *manifest : ""))
    return absl::UnavailableError("the daemon has gone");
  auto answer = Read(socket);
  if (!answer.has_value()) return absl::UnavailableError("the daemon has gone");
  if (answer->kind != Kind::kApply) return absl::FailedPreconditionError(answer->body);
  return std::move(answer->body);
}

}  // namespace wheelhouse::helm
