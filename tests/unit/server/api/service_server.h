// One service, served inside this process, and what a test of it can only see on another try.
#pragma once

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace wheelhouse::api {

// Whether `holds` is true sooner or later: it hangs on gRPC having called back by a moment that no
// test sees. Each try calls `wait` there, and gives gRPC's threads more time than the one before.
inline bool HoldsOnce(const std::function<bool(const std::function<void()>& wait)>& holds) {
  for (int tries = 0; tries < 50; ++tries) {
    const auto wait = [tries] {
      for (int i = 0; i < 20 * tries; ++i) std::this_thread::yield();
    };
    if (holds(wait)) return true;
  }
  return false;
}

// What a call ended with: `OK`, the reason of its failure, or nothing where it gives none.
inline std::string ReasonIn(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  details.ParseFromString(status.error_details());
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return status.ok() ? "OK" : "";
}

class ServiceServer {
 public:
  ~ServiceServer() { Stop(); }

  // `service` is lent. Returns a channel to it.
  std::shared_ptr<grpc::Channel> Start(grpc::Service& service) {
    Stop();
    grpc::ServerBuilder builder;
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    return server_->InProcessChannel({});
  }
  // Returns when every call has ended.
  void Stop() {
    if (server_ != nullptr) {
      server_->Shutdown();
      server_->Wait();
    }
    server_.reset();
  }

 private:
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace wheelhouse::api
