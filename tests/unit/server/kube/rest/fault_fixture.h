// What talks to a server that breaks where a test says so.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>

#include "server/kube/rest/rest_client.h"
#include "tests/unit/fakes/fault_server.h"

namespace wheelhouse::kube {

inline const ResourceType kConfigMap{"", "v1", "ConfigMap", "configmaps", true};
inline const ObjectId kWeb{kConfigMap, "demo", "web"};

class FixedSource final : public ConnectionSource {
 public:
  absl::StatusOr<Connection> Current(const Context&) override { return connection; }
  bool Renew(const Connection& refused) override {
    connection.token = renewed;
    return !renewed.empty() && refused.token != renewed;
  }
  Connection connection;
  std::string renewed;
};

class FaultTest : public testing::Test {
 protected:
  void Serve(std::deque<FaultServer::Answer> answers) {
    server_ = std::make_unique<FaultServer>(std::move(answers));
    source_.connection.server = server_->url();
  }
  static FaultServer::Answer Object(const std::string& name) {
    return FaultServer::Whole(200, R"({"metadata": {"name": ")" + name + R"("}})");
  }
  static FaultServer::Answer Page(const std::string& names, const std::string& token = "",
                                  const std::string& version = "7") {
    return FaultServer::Whole(200, R"({"metadata": {"resourceVersion": ")" + version +
                                       R"(", "continue": ")" + token + R"("}, "items": [)" + names +
                                       "]}");
  }
  static FaultServer::Answer Refusal(int status, const std::string& message) {
    return FaultServer::Whole(status, R"({"kind": "Status", "message": ")" + message + R"("})");
  }
  static std::string Event(const std::string& type, const std::string& name) {
    return R"({"type": ")" + type + R"(", "object": {"metadata": {"name": ")" + name + "\"}}}\n";
  }

  const Context context_ = Context::Background();
  FixedSource source_;
  std::unique_ptr<FaultServer> server_;
  RestClient client_{source_, {absl::Seconds(1), absl::Seconds(1)}};
};

}  // namespace wheelhouse::kube
