// The way of a helm to a cluster over a slow link: a server on the loopback that passes helm's
// requests on with the daemon's credentials, and answers reads of single objects from lists.
//
// helm asks for each object of a chart, one after the other, before it writes it: 300 objects at a
// round trip of 200 ms take a minute for that alone (measured with helm 4.3.1: 18 round trips and 2
// for each object). Helm itself has no way to read them at once.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "common/context.h"
#include "common/mutex.h"
#include "server/kube/http/http_transfer.h"
#include "server/kube/proxy/streamed_answer.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace wheelhouse::kube {

// Thread-safe. Whoever may connect needs the token of a session; helm's child gets it in its
// environment, and nothing else of the cluster's credentials. Requests and answers have bounds.
class ApiProxy {
 public:
  explicit ApiProxy(SendUpstream send);
  // No session may be left.
  ~ApiProxy();

  struct Address {
    std::string url;  // `https://127.0.0.1:PORT`
    std::string ca;   // PEM
  };
  // Listens when it is called first. The address is the same for the daemon's life: helm's cache of
  // what a server serves goes by it.
  absl::StatusOr<Address> Listen();

  // One helm's use of it, until it is dropped, which ends what is under way.
  class Session {
   public:
    ~Session();
    const std::string& token() const { return token_; }

   private:
    friend class ApiProxy;
    struct State;
    Session(ApiProxy& proxy, std::string token) : proxy_(proxy), token_(std::move(token)) {}
    ApiProxy& proxy_;
    const std::string token_;
  };
  // Its requests end when `context` does.
  std::unique_ptr<Session> Open(const Context& context);

 private:
  using StatePtr = std::shared_ptr<Session::State>;

  absl::Status Begin() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StatePtr StateOf(const httplib::Request& request);
  void Handle(const httplib::Request& request, httplib::Response& response);
  void Stream(const StatePtr& session, HttpRequest request, httplib::Response& response);

  const SendUpstream send_;
  Mutex mutex_;
  std::unique_ptr<httplib::Server> server_ ABSL_GUARDED_BY(mutex_);
  Address address_ ABSL_GUARDED_BY(mutex_);
  std::thread listener_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, StatePtr> sessions_ ABSL_GUARDED_BY(mutex_);  // by token
};

}  // namespace wheelhouse::kube
