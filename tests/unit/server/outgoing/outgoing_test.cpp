#include "server/outgoing/outgoing.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <thread>

#include "common/failure.h"
#include "server/outgoing/grpc_health.h"
#include "server/plan/fields/urls.h"
#include "wheelhouse/v1/server_service.grpc.pb.h"

namespace wheelhouse::outgoing {
namespace {

using testing::HasSubstr;
using testing::Not;

Egress Allow(const std::vector<std::string>& entries) {
  auto egress = Egress::Parse(entries);
  EXPECT_TRUE(egress.ok()) << egress.status();
  return egress.ok() ? *egress : Egress();
}

absl::StatusOr<HttpAnswer> Get(const Egress& egress, const std::string& url) {
  return Ask(Context::Background(), egress, {url, plan::ShownUrl(url)});
}

// Answers one connection on loopback with fixed text.
class OneAnswer {
 public:
  explicit OneAnswer(std::string text) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, text = std::move(text)] {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      char request[4096];
      const ssize_t got = recv(connection, request, sizeof(request), 0);
      if (got > 0) {
        request_.assign(request, static_cast<size_t>(got));
        send(connection, text.data(), text.size(), MSG_NOSIGNAL);
      }
      close(connection);
    });
  }
  ~OneAnswer() {
    shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }
  void Join() { thread_.join(); }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int port() const { return port_; }
  // What came in the first packet; after Join.
  const std::string& request() const { return request_; }
  std::string Entry() const { return "127.0.0.1/32:" + std::to_string(port_); }

 private:
  const int listener_;
  uint16_t port_ = 0;
  std::string request_;
  std::thread thread_;
};

TEST(Ask, AnAllowedAddressAnswers) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto answer = Get(Allow({server.Entry()}), server.Url("/"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
}

TEST(Ask, AnotherAddressIsNotConnectedToAndTheQueryIsNotTold) {
  OneAnswer server("");
  const auto answer = Get(Allow({"10.0.0.0/8:80"}), server.Url("/x?token=hush"));
  ASSERT_TRUE(HasReason(answer.status(), Reason::kTargetNotAllowed)) << answer.status();
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("127.0.0.1:"));
  EXPECT_THAT(std::string(answer.status().message()), Not(HasSubstr("hush")));
}

TEST(Ask, ARedirectIsAnAnswerAndIsNotFollowed) {
  OneAnswer server(
      "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
  const auto answer = Get(Allow({server.Entry()}), server.Url("/"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 302);
}

TEST(Ask, OnlyTheFirst64KiBOfABodyAreKept) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'a'));
  const auto answer = Get(Allow({server.Entry()}), server.Url("/"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body.size(), 64u << 10);
}

TEST(Ask, AnAllowedAddressThatRefusesIsWorthAnotherTryThoughANamesOtherAddressIsNotAllowed) {
  const auto answer = Get(Allow({"127.0.0.0/8:1"}), "http://localhost:1/");
  EXPECT_TRUE(HasReason(answer.status(), Reason::kStepFailed)) << answer.status();
}

TEST(Ask, WhatEndedTheContextIsReturned) {
  const Context context = Context::Background().WithCancel();
  context.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  const auto answer = Ask(context, Egress(), {"http://127.0.0.1:1/", "it"});
  EXPECT_TRUE(HasReason(answer.status(), Reason::kCancelled));
}

TEST(Ask, APostIsSentOnceWithItsBody) {
  OneAnswer server("HTTP/1.1 204 No Content\r\n\r\n");
  OutgoingRequest request{server.Url("/hook"), "the webhook", "text/plain", "all is well"};
  const auto answer = Ask(Context::Background(), Allow({server.Entry()}), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 204);
  server.Join();
  EXPECT_THAT(server.request(), HasSubstr("POST /hook HTTP/1.1"));
  EXPECT_THAT(server.request(), HasSubstr("Content-Type: text/plain"));
  EXPECT_THAT(server.request(), testing::EndsWith("\r\n\r\nall is well"));
}

TEST(Ask, ErrorsNameWhatIsToBeShownAndNothingElse) {
  OutgoingRequest request{"http://127.0.0.1:1/hush?hush", "http://127.0.0.1:1", "a/b", "hush"};
  const auto answer = Ask(Context::Background(), Allow({"127.0.0.1/32:1"}), request);
  ASSERT_TRUE(HasReason(answer.status(), Reason::kStepFailed)) << answer.status();
  EXPECT_THAT(std::string(answer.status().message()), Not(HasSubstr("hush")));
}

TEST(Connect, AnAllowedAddressIsConnectedTo) {
  OneAnswer server("");
  const auto connection =
      Connect(Context::Background(), Allow({server.Entry()}), "127.0.0.1", server.port());
  EXPECT_TRUE(connection.ok()) << connection.status();
}

TEST(Connect, AnotherAddressIsNot) {
  const auto connection = Connect(Context::Background(), Allow({}), "localhost", 9);
  EXPECT_TRUE(HasReason(connection.status(), Reason::kTargetNotAllowed)) << connection.status();
}

TEST(Connect, NobodyThereIsWorthAnotherTry) {
  const auto connection = Connect(Context::Background(), Allow({"127.0.0.1/32:1"}), "127.0.0.1", 1);
  EXPECT_TRUE(HasReason(connection.status(), Reason::kStepFailed)) << connection.status();
}

class GrpcHealthTest : public testing::Test {
 protected:
  GrpcHealthTest() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }
  std::string AskFor(const std::string& service) {
    const Egress egress = Allow({"127.0.0.1/32:" + std::to_string(port_)});
    auto connection = Connect(Context::Background(), egress, "127.0.0.1", port_);
    if (!connection.ok()) return connection.status().ToString();
    return AskGrpcHealth(Context::Background(), *std::move(connection), "web:1", service);
  }
  int port_ = 0;
  v1::ServerService::Service service_;  // some service that nobody asks
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(GrpcHealthTest, WhatServesLacksNothing) { EXPECT_EQ(AskFor(""), ""); }

TEST_F(GrpcHealthTest, WhatDoesNotServeIsToldByItsStatus) {
  server_->GetHealthCheckService()->SetServingStatus("late", false);
  EXPECT_EQ(AskFor("late"), "answers NOT_SERVING");
}

TEST_F(GrpcHealthTest, AServiceThatIsNotKnownIsTold) {
  EXPECT_THAT(AskFor("nobody"), HasSubstr("does not answer the health check: "));
}

TEST(GrpcHealth, WhoSpeaksAnotherProtocolIsTold) {
  OneAnswer server("HTTP/1.1 400 Bad Request\r\n\r\n");
  auto connection =
      Connect(Context::Background(), Allow({server.Entry()}), "127.0.0.1", server.port());
  ASSERT_TRUE(connection.ok());
  EXPECT_THAT(AskGrpcHealth(Context::Background(), *std::move(connection), "web:1", ""),
              HasSubstr("does not answer the health check: "));
}

}  // namespace
}  // namespace wheelhouse::outgoing
