#include "client/cli/connection/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;

std::string Error(const Options& options) {
  const absl::StatusOr<Connection> connection = Connect(options);
  EXPECT_EQ(connection.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(connection.status().message());
}

TEST(Connection, TheDefaultIsTheDaemonsOwnSocket) {
  setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
  EXPECT_EQ(ServerAddress({}).value_or("none"),
            geteuid() == 0 ? "unix:///run/wheelhouse/wheelhouse.sock"
                           : "unix:///run/user/7/wheelhouse/wheelhouse.sock");
}

TEST(Connection, MistakesInTheAddressAreToldBeforeDialling) {
  EXPECT_THAT(Error({.server = "/run/x.sock"}), HasSubstr("did you mean unix:///run/x.sock?"));
  for (const char* server : {"host", ":1", "host:", "host:x", "host:70000"})
    EXPECT_THAT(Error({.server = server}), HasSubstr("expected unix:///PATH or HOST:PORT"));
}

TEST(Connection, TcpNeedsACertificateAndItsKeyAndASocketNeedsNone) {
  EXPECT_THAT(Error({.server = "h:1"}), HasSubstr("--tls-cert and --tls-key"));
  EXPECT_THAT(Error({.server = "h:1", .tls_cert = "c"}), HasSubstr("--tls-cert and --tls-key"));
  EXPECT_THAT(Error({.server = "unix:///s", .tls_ca = "c"}), HasSubstr("go with HOST:PORT"));
  EXPECT_THAT(Error({.server = "h:1", .tls_cert = "/none", .tls_key = "/none"}),
              HasSubstr("--tls-cert: cannot read /none"));
}

TEST(FromGrpc, ACallThatIsNotAnsweredIsNoConnectionAndNoDeadlineOfARun) {
  const absl::Status status =
      FromGrpc(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "x"), "unix:///s");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("unix:///s did not answer in time"));
}

TEST(FromGrpc, ACallThatTheEndingServerCancelledIsNoCancelledRun) {
  EXPECT_EQ(FromGrpc(grpc::Status(grpc::StatusCode::CANCELLED, "CANCELLED"), "unix:///s").code(),
            absl::StatusCode::kUnavailable);
}

TEST(FromGrpc, TheCauseOfALostConnectionIsToldWithoutGrpcsOwnWords) {
  const absl::Status status = FromGrpc(
      grpc::Status(
          grpc::StatusCode::UNAVAILABLE,
          "failed to connect to all addresses; last error: UNKNOWN: unix:/s: No such file"),
      "unix:///s");
  EXPECT_THAT(std::string(status.message()),
              ::testing::StartsWith("no connection to unix:///s: unix:/s: No such file\n"));
}

}  // namespace
}  // namespace wheelhouse::cli
