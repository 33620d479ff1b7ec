#include "server/helm/gate_channel.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <string>
#include <utility>

#include "common/failure.h"
#include "server/helm/post_renderer/gate_wire.h"

namespace wheelhouse::helm {

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
  while (auto question = ReadFrame(near_.get())) {
    outcome_.asked = true;
    absl::StatusOr<std::string> answer = question->kind == FrameKind::kManifest
                                             ? gate_(scope_, std::move(question->body))
                                             : ManifestTooLarge("what the chart renders");
    // helm 4 takes no output for a failure, but a chart may render nothing.
    if (answer.ok() && absl::StripAsciiWhitespace(*answer).empty()) answer = "# nothing\n";
    if (answer.ok() && answer->size() > kLargestManifest)
      answer = ManifestTooLarge("the patched manifest");
    // What ended the whole call is its cause, not a refusal.
    if (!scope_.Check().ok()) return;
    if (!answer.ok()) outcome_.refusal.Update(answer.status());
    const bool sent = answer.ok() ? SendFrame(near_.get(), FrameKind::kApply, *answer)
                                  : SendFrame(near_.get(), FrameKind::kRefuse,
                                              std::string(answer.status().message()));
    if (!sent) return;
  }
}

GateServer::Outcome GateServer::Finish() {
  scope_.Cancel(absl::CancelledError("helm has ended"));
  shutdown(near_.get(), SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
  return outcome_;
}

}  // namespace wheelhouse::helm
