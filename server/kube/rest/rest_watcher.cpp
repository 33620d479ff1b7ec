#include "server/kube/rest/rest_watcher.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "server/kube/rest/api_error.h"
#include "server/kube/rest/list_of_pages.h"
#include "server/kube/rest/request_paths.h"
#include "server/kube/rest/retry_pause.h"
#include "server/kube/rest/watch_stream.h"

namespace wheelhouse::kube {
namespace {

constexpr size_t kListers = 4;

}  // namespace

// One that is watched. It waits for its turn, or has it, or streams, never two of these at once:
// what is not guarded belongs to whoever has it.
struct RestWatcher::Collection {
  Collection(ResourceType of, ListOptions with, WatchHandlers to, const Context& within)
      : type(std::move(of)),
        options(std::move(with)),
        handlers(std::move(to)),
        scope(within.WithCancel()) {}

  // Calls a handler, unless the watch was ended.
  template <typename Call>
  void Tell(const Call& call) {
    MutexLock lock(&mutex);
    if (!ended) call(handlers);
  }

  const ResourceType type;
  const ListOptions options;
  const WatchHandlers handlers;
  const Context scope;

  std::string version;  // what is known, to go on from; empty: a list is due
  HttpRequest request;
  std::optional<WatchStream> stream;
  Connection connection;                                 // of the stream
  std::optional<absl::StatusOr<HttpResponse>> response;  // of the stream, once it has ended
  int in_vain = 0;       // streams one after another that brought nothing
  bool renewed = false;  // the credentials, since something was heard

  Mutex mutex;  // held while a handler is called
  bool ended ABSL_GUARDED_BY(mutex) = false;
};

class RestWatcher::Handle final : public Watch {
 public:
  explicit Handle(Shared one) : one_(std::move(one)) {}
  ~Handle() override {
    {
      MutexLock lock(&one_->mutex);
      one_->ended = true;
    }
    one_->scope.Cancel(absl::CancelledError("nobody watches it"));
  }

 private:
  const Shared one_;
};

RestWatcher::~RestWatcher() {
  scope_.Cancel(absl::CancelledError("the cluster is closed"));
  std::vector<std::thread> threads;
  std::unique_ptr<TransferLoop> loop;
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    changed_.NotifyAll();
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  {
    MutexLock lock(&mutex_);
    loop.swap(loop_);
  }
}

std::unique_ptr<Watch> RestWatcher::Begin(const ResourceType& type, const ListOptions& options,
                                          WatchHandlers handlers) {
  if (!StartThreads()) return nullptr;
  auto one = std::make_shared<Collection>(type, options, std::move(handlers), scope_);
  Enqueue(one, absl::ZeroDuration());
  return std::make_unique<Handle>(std::move(one));
}

bool RestWatcher::StartThreads() {
  MutexLock lock(&mutex_);
  try {
    if (loop_ == nullptr) loop_ = std::make_unique<TransferLoop>();
    if (threads_.size() < kListers) threads_.emplace_back([this] { Work(); });
    return true;
  } catch (const std::system_error&) {
    return loop_ != nullptr && !threads_.empty();  // those that there are do
  }
}

void RestWatcher::Enqueue(const Shared& one, absl::Duration pause) {
  MutexLock lock(&mutex_);
  due_.emplace(SteadyNow() + pause, one);
  changed_.NotifyOne();
}

void RestWatcher::Work() {
  for (;;) {
    Shared next;
    {
      MutexLock lock(&mutex_);
      while (!closed_ && (due_.empty() || due_.begin()->first > SteadyNow())) {
        changed_.WaitFor(
            &mutex_, due_.empty() ? absl::InfiniteDuration() : due_.begin()->first - SteadyNow());
      }
      if (closed_) return;
      next = std::move(due_.begin()->second);
      due_.erase(due_.begin());
    }
    Turn(next);
  }
}

void RestWatcher::Turn(const Shared& one) {
  absl::StatusOr<absl::Duration> pause = absl::ZeroDuration();
  if (one->response.has_value()) pause = AfterStream(one.get());
  if (pause.ok() && *pause > absl::ZeroDuration()) return Enqueue(one, *pause);
  const absl::Status status = pause.ok() ? Stream(one) : pause.status();
  if (status.ok()) return;
  if (HasReason(status, Reason::kClusterUnreachable) && one->scope.Check().ok()) {
    one->Tell([](const WatchHandlers& handlers) { handlers.on_lost(); });
    return Enqueue(one, RetryPause(++one->in_vain, absl::ZeroDuration()));
  }
  one->Tell([&status](const WatchHandlers& handlers) { handlers.on_end(status); });
}

absl::Status RestWatcher::Stream(const Shared& one) {
  if (one->version.empty()) {
    ASSIGN_OR_RETURN(ObjectList list, client_.List(one->scope, one->type, one->options));
    one->version = list.resource_version;
    one->Tell([&list](const WatchHandlers& handlers) { handlers.on_list(std::move(list)); });
  }
  ASSIGN_OR_RETURN(const std::string path, CollectionPath(one->type, one->options.ns));
  one->request = {.accept = AcceptOf(one->options, "PartialObjectMetadata"), .idle_timeout = idle_};
  one->request.path =
      absl::StrCat(path, "?watch=1&allowWatchBookmarks=true&timeoutSeconds=240&resourceVersion=",
                   Escape(one->version), ListQuery(one->options));
  ASSIGN_OR_RETURN(one->connection, source_.Current(one->scope));
  one->stream.emplace([raw = one.get()](WatchEvent event) {
    raw->version = Text(event.object, "/metadata/resourceVersion");
    event.object = OfType(raw->type, std::move(event.object));
    raw->Tell([&event](const WatchHandlers& handlers) { handlers.on_event(std::move(event)); });
  });
  HttpRequest request = one->request;
  request.on_data = [raw = one.get()](absl::string_view data) { return raw->stream->Take(data); };
  TransferLoop* loop = nullptr;
  {
    MutexLock lock(&mutex_);
    loop = loop_.get();
  }
  loop->Start(one->scope, one->connection, std::move(request),
              [this, one](absl::StatusOr<HttpResponse> response) {
                one->response = std::move(response);
                Enqueue(one, absl::ZeroDuration());
              });
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> RestWatcher::AfterStream(Collection* one) {
  const absl::StatusOr<HttpResponse> response = *std::exchange(one->response, std::nullopt);
  if (one->stream->heard()) {
    one->in_vain = 0;
    one->renewed = false;
  }
  // The server ends each watch after its timeoutSeconds, which is no reason for a new list.
  const bool whole = response.ok() && response->status == 200 && !one->stream->refused();
  if (!whole || !one->stream->heard()) one->version.clear();
  absl::Duration retry_after = absl::ZeroDuration();
  if (response.ok()) {
    if (response->status == 401 && !one->renewed && source_.Renew(one->connection)) {
      one->renewed = true;
    } else if (response->status >= 300 && response->status != 410 && response->status != 429) {
      // While the server is unavailable, the new list waits for it.
      absl::Status error =
          ApiError(one->request, *response, absl::StrCat("watch ", one->type.plural));
      if (!HasReason(error, Reason::kClusterUnreachable)) return error;
    }
    retry_after = response->retry_after;
  } else if (!HasReason(response.status(), Reason::kClusterUnreachable)) {
    return response.status();
  }
  return RetryPause(++one->in_vain, retry_after);
}

}  // namespace wheelhouse::kube
