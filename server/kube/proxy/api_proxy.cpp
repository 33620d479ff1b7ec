#include "server/kube/proxy/api_proxy.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <httplib.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "server/kube/proxy/listed_objects.h"
#include "server/kube/proxy/loopback_certificate.h"
#include "server/kube/proxy/object_path.h"

namespace wheelhouse::kube {
namespace {

// helm makes the objects of a kind at once, on as many connections. Each has a thread here.
constexpr size_t kConnections = 64;
constexpr size_t kMostRequests = 1'000'000;  // of a connection
constexpr time_t kKeepAlive = 2;             // seconds; a connection that is idle holds its thread
constexpr size_t kMostBytes = size_t{64} << 20;  // of a request or an answer
constexpr size_t kTokenBytes = 32;
constexpr char kBearer[] = "Bearer ";

std::string NewToken() {
  std::string bytes(kTokenBytes, '\0');
  // Without randomness nobody gets in: the token is never given out.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kTokenBytes) != 1) return "";
  return absl::BytesToHexString(bytes);
}

bool Streams(const std::string& target) {
  return absl::StrContains(target, "watch=1") || absl::StrContains(target, "watch=true") ||
         absl::StrContains(target, "follow=true");
}

// cpp-httplib 0.11.4 compresses for whoever accepts it, and then keeps an event of a watch until
// more have come: helm would wait for a hook that has long ended. It has no setting for that; its
// own request is not const.
void ForbidCompression(const httplib::Request& request) {
  const_cast<httplib::Request&>(request).headers.erase("Accept-Encoding");
}

HttpRequest RequestOf(const httplib::Request& request) {
  return {.method = request.method,
          .path = request.target,
          .content_type = request.get_header_value("Content-Type"),
          .accept = request.get_header_value("Accept"),
          .body = request.body,
          .most = kMostBytes};
}

// What client-go reads as the reason of a failure.
std::string StatusBody(int code, absl::string_view message) {
  const Json status = {{"kind", "Status"},
                       {"apiVersion", "v1"},
                       {"status", "Failure"},
                       {"message", std::string(message)},
                       {"reason", code == 401 ? "Unauthorized" : "ServiceUnavailable"},
                       {"code", code}};
  return status.dump();
}

void Reply(const absl::StatusOr<HttpResponse>& answer, httplib::Response& response) {
  if (!answer.ok()) {
    response.status = 503;
    response.set_content(StatusBody(503, answer.status().message()), "application/json");
    return;
  }
  response.status = answer->status;
  for (const std::string& warning : answer->warnings) response.headers.emplace("Warning", warning);
  if (answer->retry_after > absl::ZeroDuration())
    response.set_header("Retry-After", absl::StrCat(absl::ToInt64Seconds(answer->retry_after)));
  response.set_content(answer->body, answer->content_type);
}

}  // namespace

struct ApiProxy::Session::State {
  explicit State(const Context& bound) : context(bound.WithCancel()) {}
  const Context context;
  ListedObjects objects;
};

ApiProxy::Session::~Session() {
  StatePtr state;
  {
    MutexLock lock(&proxy_.mutex_);
    const auto found = proxy_.sessions_.find(token_);
    state = std::move(found->second);
    proxy_.sessions_.erase(found);
  }
  state->context.Cancel(MakeFailure(Reason::kCancelled, "helm has ended"));
}

ApiProxy::ApiProxy(SendUpstream send) : send_(std::move(send)) {}

ApiProxy::~ApiProxy() {
  MutexLock lock(&mutex_);
  if (!listener_.joinable()) return;
  server_->stop();
  listener_.join();
}

absl::StatusOr<ApiProxy::Address> ApiProxy::Listen() {
  MutexLock lock(&mutex_);
  if (!listener_.joinable()) RETURN_IF_ERROR(Begin());
  return address_;
}

absl::Status ApiProxy::Begin() {
  ASSIGN_OR_RETURN(const LoopbackCertificate made, MakeLoopbackCertificate());
  auto server = std::make_unique<httplib::SSLServer>(made.certificate.get(), made.key.get());
  server->new_task_queue = [] { return new httplib::ThreadPool(kConnections); };
  server->set_tcp_nodelay(true);
  server->set_keep_alive_timeout(kKeepAlive);
  server->set_keep_alive_max_count(kMostRequests);
  server->set_payload_max_length(kMostBytes);
  // Before a body is read.
  server->set_pre_routing_handler([this](const auto& request, auto& response) {
    ForbidCompression(request);
    if (StateOf(request) != nullptr) return httplib::Server::HandlerResponse::Unhandled;
    response.status = 401;
    response.set_content(StatusBody(401, "no session has this token"), "application/json");
    return httplib::Server::HandlerResponse::Handled;
  });
  const auto handle = [this](const auto& request, auto& response) { Handle(request, response); };
  server->Get(".*", handle).Post(".*", handle).Put(".*", handle);
  server->Patch(".*", handle).Delete(".*", handle);
  const int port = server->is_valid() ? server->bind_to_any_port("127.0.0.1") : 0;
  if (port <= 0)
    return MakeFailure(Reason::kInternal, "no port of 127.0.0.1 can be had for helm's requests");
  server_ = std::move(server);
  listener_ = std::thread([listening = server_.get()] { listening->listen_after_bind(); });
  address_ = {absl::StrCat("https://127.0.0.1:", port), made.pem};
  return absl::OkStatus();
}

std::unique_ptr<ApiProxy::Session> ApiProxy::Open(const Context& context) {
  std::unique_ptr<Session> session(new Session(*this, NewToken()));
  MutexLock lock(&mutex_);
  sessions_[session->token_] = std::make_shared<Session::State>(context);
  return session;
}

ApiProxy::StatePtr ApiProxy::StateOf(const httplib::Request& request) {
  const std::string header = request.get_header_value("Authorization");
  if (header.size() != sizeof(kBearer) - 1 + 2 * kTokenBytes || !absl::StartsWith(header, kBearer))
    return nullptr;
  const std::string token = header.substr(sizeof(kBearer) - 1);
  MutexLock lock(&mutex_);
  for (const auto& [known, state] : sessions_) {
    if (known.size() == token.size() &&
        CRYPTO_memcmp(known.data(), token.data(), token.size()) == 0)
      return state;
  }
  return nullptr;
}

void ApiProxy::Handle(const httplib::Request& request, httplib::Response& response) {
  const StatePtr session = StateOf(request);
  if (session == nullptr) return Reply(absl::UnavailableError("helm has ended"), response);
  const HttpRequest asked = RequestOf(request);
  const auto path = ParseObjectPath(asked.path);
  const auto send = [&](const HttpRequest& more) { return send_(session->context, more); };
  if (asked.method != "GET") {
    if (path.has_value())
      session->objects.Written(*path);
    else
      session->objects.Written(asked.path.substr(0, asked.path.find('?')));
  } else if (path.has_value() && path->alone &&
             (asked.accept == "application/json" || asked.accept == "application/json, */*")) {
    if (const auto listed = session->objects.Find(*path, send)) return Reply(*listed, response);
  } else if (Streams(asked.path)) {
    return Stream(session, asked, response);
  }
  Reply(send(asked), response);
}

void ApiProxy::Stream(const StatePtr& session, HttpRequest request, httplib::Response& response) {
  // As long as the server keeps it.
  request.idle_timeout = absl::Hours(1);
  const auto answer = std::make_shared<StreamedAnswer>(send_, session->context, std::move(request));
  if (const auto whole = answer->Begin()) return Reply(*whole, response);
  response.status = 200;
  response.set_chunked_content_provider(answer->content_type(),
                                        [answer](size_t, httplib::DataSink& sink) {
                                          const std::string more = answer->Next();
                                          if (more.empty()) {
                                            sink.done();
                                            return true;
                                          }
                                          return sink.write(more.data(), more.size());
                                        });
}

}  // namespace wheelhouse::kube
