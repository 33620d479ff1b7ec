#include "server/kube/http/transfer_loop.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/clock.h"

namespace wheelhouse::kube {
namespace {

// How often transfers are looked at that receive nothing.
constexpr absl::Duration kLook = absl::Seconds(1);
// Connections that are kept although no transfer uses them.
constexpr long kIdleConnections = 16;

}  // namespace

struct TransferLoop::Transfer {
  Transfer(Context with, Connection to, HttpRequest of, OnDone done)
      : context(std::move(with)),
        connection(std::move(to)),
        request(std::move(of)),
        on_done(std::move(done)) {}
  ~Transfer() {
    http.reset();
    if (handle != nullptr) curl_easy_cleanup(handle);
  }

  const Context context;
  const Connection connection;
  HttpRequest request;
  const OnDone on_done;
  uint64_t id = 0;
  CURL* handle = nullptr;
  std::unique_ptr<HttpTransfer> http;
  absl::Duration heard = SteadyNow();  // when something was received
  std::unique_ptr<Context::Wakeup> wakeup;
};

// Tells epoll what curl wants to know of its sockets, and curl what epoll says.
struct TransferLoop::Curl {
  explicit Curl(int wakeups) : epoll(epoll_create1(EPOLL_CLOEXEC)), multi(curl_multi_init()) {
    Watch(EPOLL_CTL_ADD, wakeups, EPOLLIN);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, OnSocket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, OnTimer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kIdleConnections);
  }
  ~Curl() {
    for (const auto& [id, transfer] : transfers) curl_multi_remove_handle(multi, transfer->handle);
    transfers.clear();
    curl_multi_cleanup(multi);
    close(epoll);
  }

  static int OnSocket(CURL*, curl_socket_t socket, int what, void* user, void* known);
  static int OnTimer(CURLM*, long milliseconds, void* user);
  bool Watch(int operation, int socket, uint32_t events) const;

  void Add(std::unique_ptr<Transfer> transfer);
  // Until something is received, `wakeups` is written, or a timer is over.
  void Wait(int wakeups);
  void EndThoseThatAreDone();
  void EndTheSilent();
  void End(uint64_t id, CURLcode code);

  const int epoll;
  CURLM* const multi;
  absl::Duration timer = absl::InfiniteDuration();  // when curl wants to be called
  absl::Duration looked = SteadyNow();
  std::map<uint64_t, std::unique_ptr<Transfer>> transfers;
};

bool TransferLoop::Curl::Watch(int operation, int socket, uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  return epoll_ctl(epoll, operation, socket, &event) == 0;
}

int TransferLoop::Curl::OnSocket(CURL*, curl_socket_t socket, int what, void* user, void* known) {
  auto* self = static_cast<Curl*>(user);
  if (what == CURL_POLL_REMOVE) {
    self->Watch(EPOLL_CTL_DEL, socket, 0);
    return 0;
  }
  const uint32_t events = ((what & CURL_POLL_IN) != 0 ? static_cast<uint32_t>(EPOLLIN) : 0) |
                          ((what & CURL_POLL_OUT) != 0 ? static_cast<uint32_t>(EPOLLOUT) : 0);
  const bool watched =
      self->Watch(known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, events);
  curl_multi_assign(self->multi, socket, self);
  return watched ? 0 : -1;
}

int TransferLoop::Curl::OnTimer(CURLM*, long milliseconds, void* user) {
  static_cast<Curl*>(user)->timer =
      milliseconds < 0 ? absl::InfiniteDuration() : SteadyNow() + absl::Milliseconds(milliseconds);
  return 0;
}

void TransferLoop::Curl::Add(std::unique_ptr<Transfer> transfer) {
  transfer->handle = curl_easy_init();
  const HttpRequest& request = transfer->request;
  transfer->http = std::make_unique<HttpTransfer>(transfer->handle, transfer->context,
                                                  transfer->connection, request);
  curl_easy_setopt(transfer->handle, CURLOPT_PRIVATE, transfer.get());
  // EndTheSilent does it: curl would look at each of them once a second.
  curl_easy_setopt(transfer->handle, CURLOPT_LOW_SPEED_TIME, 0L);
  curl_easy_setopt(transfer->handle, CURLOPT_NOPROGRESS, 1L);
  const uint64_t id = transfer->id;
  CURL* const handle = transfer->handle;
  transfers[id] = std::move(transfer);
  if (curl_multi_add_handle(multi, handle) != CURLM_OK) End(id, CURLE_FAILED_INIT);
}

void TransferLoop::Curl::Wait(int wakeups) {
  const absl::Duration now = SteadyNow();
  absl::Duration at_most = std::max(timer - now, absl::ZeroDuration());
  if (!transfers.empty()) at_most = std::min(at_most, kLook);
  const bool endless = at_most == absl::InfiniteDuration();
  std::array<epoll_event, 64> events{};
  const int count = epoll_wait(epoll, events.data(), events.size(),
                               endless ? -1
                                       : static_cast<int>(absl::ToInt64Milliseconds(
                                             absl::Ceil(at_most, absl::Milliseconds(1)))));
  int running = 0;
  for (int i = 0; i < count; ++i) {
    const int socket = events[i].data.fd;
    if (socket == wakeups) {
      eventfd_t many = 0;
      eventfd_read(wakeups, &many);
      continue;
    }
    const uint32_t seen = events[i].events;
    const int what = ((seen & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                     ((seen & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                     ((seen & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(multi, socket, what, &running);
  }
  if (timer <= SteadyNow()) {
    timer = absl::InfiniteDuration();
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

void TransferLoop::Curl::EndThoseThatAreDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    End(transfer->id, message->data.result);
  }
}

void TransferLoop::Curl::EndTheSilent() {
  const absl::Duration now = SteadyNow();
  if (now - looked < kLook) return;
  looked = now;
  std::vector<uint64_t> silent;
  for (const auto& [id, transfer] : transfers) {
    if (now - transfer->heard > transfer->request.idle_timeout) silent.push_back(id);
  }
  for (const uint64_t id : silent) End(id, CURLE_OPERATION_TIMEDOUT);
}

void TransferLoop::Curl::End(uint64_t id, CURLcode code) {
  const auto found = transfers.find(id);
  if (found == transfers.end()) return;  // cancelled just when it was done
  const std::unique_ptr<Transfer> transfer = std::move(found->second);
  transfers.erase(found);
  curl_multi_remove_handle(multi, transfer->handle);
  transfer->on_done(transfer->http->Result(code));
}

TransferLoop::TransferLoop() : wakeups_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { Run(); });
}

TransferLoop::~TransferLoop() {
  {
    MutexLock lock(&mutex_);
    closed_ = true;
  }
  Wake();
  thread_.join();
}

void TransferLoop::Wake() const { eventfd_write(wakeups_.get(), 1); }

void TransferLoop::Start(Context context, Connection connection, HttpRequest request,
                         OnDone on_done) {
  auto transfer = std::make_unique<Transfer>(std::move(context), std::move(connection),
                                             std::move(request), std::move(on_done));
  if (transfer->request.on_data) {
    transfer->request.on_data = [heard = &transfer->heard,
                                 on_data =
                                     std::move(transfer->request.on_data)](absl::string_view data) {
      *heard = SteadyNow();
      return on_data(data);
    };
  }
  {
    MutexLock lock(&mutex_);
    transfer->id = ++last_id_;
    started_.push_back(std::move(transfer));
  }
  Wake();
}

// False when the loop is closed.
bool TransferLoop::TakeNews(Curl* curl) {
  std::vector<std::unique_ptr<Transfer>> started;
  std::vector<uint64_t> cancelled;
  {
    MutexLock lock(&mutex_);
    if (closed_) return false;
    started.swap(started_);
    cancelled.swap(cancelled_);
  }
  for (auto& transfer : started) {
    const uint64_t id = transfer->id;
    transfer->wakeup = transfer->context.OnCancel([this, id] {
      {
        MutexLock lock(&mutex_);
        cancelled_.push_back(id);
      }
      Wake();
    });
    curl->Add(std::move(transfer));
  }
  for (const uint64_t id : cancelled) curl->End(id, CURLE_ABORTED_BY_CALLBACK);
  return true;
}

void TransferLoop::Run() {
  Curl curl(wakeups_.get());
  while (TakeNews(&curl)) {
    curl.Wait(wakeups_.get());
    curl.EndThoseThatAreDone();
    curl.EndTheSilent();
  }
}

}  // namespace wheelhouse::kube
