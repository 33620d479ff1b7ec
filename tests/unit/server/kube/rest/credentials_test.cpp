#include "server/kube/rest/credentials.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/failure.h"
#include "server/kube/json.h"
#include "tests/unit/fakes/fake_processes.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/kube/certificate.h"

namespace wheelhouse::kube {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kApi[] = "client.authentication.k8s.io/v1";

class CredentialsTest : public testing::Test {
 protected:
  // What the plugin prints from now on.
  void Print(const std::string& token, const std::string& expiry = "") {
    Json status = {{"token", token}, {"clientCertificateData", nullptr}};
    if (!expiry.empty()) status["expirationTimestamp"] = expiry;
    runner_.result.out =
        Json{{"apiVersion", kApi}, {"kind", "ExecCredential"}, {"status", status}}.dump();
  }
  size_t Runs() const { return runner_.specs().size(); }
  absl::StatusOr<Connection> Current() { return credentials_.Current(Context::Background()); }
  std::string Token() {
    const auto current = Current();
    return current.ok() ? current->token : std::string(current.status().message());
  }
  std::string Refusal() {
    const auto current = Current();
    EXPECT_TRUE(HasReason(current.status(), Reason::kCredentialsInvalid)) << current.status();
    return FailureOf(current.status()).DebugString();
  }
  static Connection WithPlugin() {
    Connection connection{.server = "https://a"};
    connection.exec = {kApi, {"login", "get"}, {{"COLOR", "blue"}}, {}, false};
    return connection;
  }

  const TestFolder folder_;
  FakeProcesses runner_;
  Connection connection_ = WithPlugin();
  int reads_ = 0;
  Credentials credentials_{[this]() -> absl::StatusOr<Connection> {
                             ++reads_;
                             return connection_;
                           },
                           "prod", runner_};
};

TEST_F(CredentialsTest, ReadsAgainWhenAFileHasChanged) {
  const std::string file = folder_.Write("ca.crt", "one");
  connection_ = {.server = "https://a", .files = {file}};
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Current().ok());
  EXPECT_EQ(reads_, 2);  // once to learn which files there are, once knowing them
  folder_.Write("ca.crt", "two");
  connection_.server = "https://b";
  EXPECT_EQ(Current()->server, "https://b");
  EXPECT_EQ(Current()->server, "https://b");
  EXPECT_EQ(reads_, 3);
}

TEST_F(CredentialsTest, ATokenFileIsReadForEachRequestAndGoesBeforeTheToken) {
  connection_ = {.server = "https://a", .token = "fixed"};
  connection_.token_file = folder_.path() + "/token";
  EXPECT_THAT(Refusal(), HasSubstr(connection_.token_file));
  folder_.Write("token", "one\n");
  EXPECT_EQ(Token(), "one");
  folder_.Write("token", "two\n");
  EXPECT_EQ(Token(), "two");
  EXPECT_TRUE(credentials_.Renew(*Current()));
}

TEST_F(CredentialsTest, AFixedTokenCannotBeRenewed) {
  connection_ = {.server = "https://a", .token = "fixed"};
  EXPECT_FALSE(credentials_.Renew(*Current()));
}

TEST_F(CredentialsTest, APluginRunsOnceUntilWhatItPrintedExpires) {
  Print("one", "2999-01-01T00:00:00Z");
  EXPECT_EQ(Token(), "one");
  EXPECT_EQ(Token(), "one");
  EXPECT_EQ(Runs(), 1u);
}

TEST_F(CredentialsTest, APluginRunsAgainWhenWhatItPrintedHasExpired) {
  Print("one", absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone()));
  EXPECT_EQ(Token(), "one");
  Print("two");
  EXPECT_EQ(Token(), "two");
  EXPECT_EQ(Token(), "two");
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(CredentialsTest, ManyThreadsRunThePluginOnce) {
  Print("one");
  std::atomic<int> asking = 0;
  runner_.program = [&](const Context&, const ProcessSpec&) {
    while (asking < 16) std::this_thread::yield();
    return runner_.result;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      ++asking;
      EXPECT_EQ(Token(), "one");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Runs(), 1u);
}

TEST_F(CredentialsTest, WhatWasRefusedIsPrintedAnew) {
  Print("one");
  const Connection refused = *Current();
  Print("two");
  EXPECT_TRUE(credentials_.Renew(refused));
  EXPECT_EQ(Token(), "two");
  // Another thread's late refusal of the old one does not drop the new one.
  EXPECT_TRUE(credentials_.Renew(refused));
  EXPECT_EQ(Token(), "two");
  EXPECT_EQ(Runs(), 2u);
}

TEST_F(CredentialsTest, ThePluginIsToldWhatItMayKnow) {
  Print("one");
  setenv("WHEELHOUSE_LEAK", "1", 1);
  EXPECT_EQ(Token(), "one");
  ProcessSpec plugin = runner_.last();
  EXPECT_EQ(plugin.argv, (std::vector<std::string>{"login", "get"}));
  EXPECT_EQ(plugin.env["COLOR"], "blue");
  EXPECT_EQ(plugin.env["PATH"], getenv("PATH"));
  EXPECT_EQ(plugin.env.count("WHEELHOUSE_LEAK"), 0u);
  EXPECT_LE(plugin.stdout_limit, 1u << 20);
  EXPECT_EQ(Json::parse(plugin.env["KUBERNETES_EXEC_INFO"]),
            Json::parse(R"({"apiVersion": "client.authentication.k8s.io/v1",
                "kind": "ExecCredential", "spec": {"interactive": false}})"));
}

TEST_F(CredentialsTest, ThePluginIsToldOfTheClusterWhereItAsks) {
  Print("one");
  connection_.exec.provide_cluster_info = true;
  connection_.ca = "pem";
  connection_.tls_server_name = "api";
  EXPECT_EQ(Token(), "one");
  ProcessSpec plugin = runner_.last();
  EXPECT_EQ(Json::parse(plugin.env["KUBERNETES_EXEC_INFO"])["spec"]["cluster"],
            (Json{{"server", "https://a"},
                  {"certificate-authority-data", absl::Base64Escape("pem")},
                  {"tls-server-name", "api"}}));
}

TEST_F(CredentialsTest, APluginsCertificateServes) {
  const std::string certificate = MakeCertificate(absl::Hours(1));
  runner_.result.out = Json{
      {"apiVersion", kApi},
      {"kind", "ExecCredential"},
      {"status",
       {{"token", nullptr},
        {"clientCertificateData", certificate},
        {"clientKeyData", "key"},
        {"expirationTimestamp",
         nullptr}}}}.dump();
  const auto current = Current();
  ASSERT_TRUE(current.ok()) << current.status();
  EXPECT_EQ(current->client_certificate, certificate);
  EXPECT_EQ(current->client_key, "key");
  EXPECT_EQ(current->token, "");
}

TEST_F(CredentialsTest, WhatIsNoCredentialIsRefusedAndNotRepeated) {
  const std::string head = absl::StrCat(R"({"apiVersion": ")", kApi, R"(", "kind": )");
  for (const std::string& printed :
       {std::string("hunter2"), std::string("null"), head + R"("Secret", "status": {}})",
        std::string(R"({"kind": "ExecCredential", "status": {"token": "hunter2"}})"),
        head + R"("ExecCredential", "status": null})",
        head + R"("ExecCredential", "status": {"token": null}})",
        head + R"("ExecCredential", "status": {"clientKeyData": "hunter2", "token": "a"}})",
        head +
            R"("ExecCredential", "status": {"token": "hunter2", "expirationTimestamp": "x"}})"}) {
    runner_.result.out = printed;
    EXPECT_THAT(Refusal(),
                AllOf(HasSubstr("plugin login of cluster prod"), Not(HasSubstr("hunter2"))))
        << printed;
  }
}

TEST_F(CredentialsTest, APluginThatFailsIsHeard) {
  connection_.exec.env["CLIENT_SECRET"] = "swordfish-1";
  runner_.result.exit_code = 3;
  runner_.result.out = "hunter2";
  runner_.result.err = std::string(2000, 'x') +
                       "\nlogin to https://me:swordfish-2@sso failed:\n  no swordfish-1\xff\n";
  const std::string refusal = Refusal();
  EXPECT_THAT(refusal, HasSubstr("exited with 3: ...x"));
  EXPECT_THAT(refusal, HasSubstr("login to https://me:***@sso failed: no ***?"));
  EXPECT_THAT(refusal, Not(HasSubstr("hunter2")));
  EXPECT_LT(refusal.size(), 1500u);
  runner_.result.err = "";
  EXPECT_THAT(Refusal(), HasSubstr("exited with 3\""));
}

TEST_F(CredentialsTest, APluginThatNeedsTooMuchMemoryIsNotTakenForBadCredentials) {
  runner_.result = {.exit_code = 1, .err = "Traceback:\nMemoryError\n"};
  const auto current = Current();
  EXPECT_TRUE(HasReason(current.status(), Reason::kChildOutOfMemory)) << current.status();
  EXPECT_THAT(FailureOf(current.status()).message(),
              HasSubstr("the credential plugin login of cluster prod needed more memory"));
}

TEST_F(CredentialsTest, APluginInheritsWhatTheConfigurationNames) {
  setenv("WHEELHOUSE_TEST_PROFILE", "mine", 1);
  setenv("COLOR", "red", 1);
  Print("one");
  connection_.exec.inherit = {"WHEELHOUSE_TEST_PROFILE", "WHEELHOUSE_TEST_UNSET", "COLOR"};
  EXPECT_EQ(Token(), "one");
  const ProcessSpec plugin = runner_.last();
  EXPECT_EQ(plugin.env.at("WHEELHOUSE_TEST_PROFILE"), "mine");
  EXPECT_FALSE(plugin.env.contains("WHEELHOUSE_TEST_UNSET"));
  EXPECT_EQ(plugin.env.at("COLOR"), "blue") << "the kubeconfig's own";
}

TEST_F(CredentialsTest, WhatStandsInTheKubeconfigGoesBeforeThePlugin) {
  connection_.token = "fixed";
  EXPECT_EQ(Token(), "fixed");
  EXPECT_EQ(Runs(), 0u);
}

TEST_F(CredentialsTest, AnExpiredCertificateIsRefusedBeforeAsking) {
  connection_ = {.server = "https://a"};
  connection_.client_certificate = MakeCertificate(-absl::Hours(1));
  EXPECT_THAT(Refusal(), HasSubstr("cluster prod expired on"));
}

TEST_F(CredentialsTest, ACertificateThatReplacesAnotherIsJudgedByItself) {
  const std::string file = folder_.Write("tls.crt", "first");
  connection_ = {.server = "https://a", .files = {file}};
  connection_.client_certificate = MakeCertificate(absl::Hours(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Current().ok());
  connection_.client_certificate = MakeCertificate(-absl::Hours(1));
  folder_.Write("tls.crt", "the second");
  EXPECT_THAT(Refusal(), HasSubstr("cluster prod expired on"));
  connection_.client_certificate = MakeCertificate(absl::Hours(2));
  folder_.Write("tls.crt", "the very third");
  EXPECT_TRUE(Current().ok());
}

}  // namespace
}  // namespace wheelhouse::kube
