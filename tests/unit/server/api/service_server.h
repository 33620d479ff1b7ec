// One service, served inside this process.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

namespace wheelhouse::api {

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
