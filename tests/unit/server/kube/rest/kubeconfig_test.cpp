#include "server/kube/rest/kubeconfig.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/kube/certificate.h"

namespace wheelhouse::kube {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr char kPem[] = "-----BEGIN A-----\nb\n-----END A-----\n";

class KubeconfigTest : public testing::Test {
 protected:
  // A kubeconfig of one context, whose cluster and user have these fields too (flow style).
  absl::StatusOr<Connection> Read(const std::string& cluster, const std::string& user,
                                  const std::string& context = "") {
    path_ = folder_.Write("kubeconfig",
                          "current-context: main\n"
                          "contexts:\n"
                          "- {name: main, context: {cluster: c, user: u}}\n"
                          "- {name: nobody, context: {cluster: c}}\n"
                          "- {name: lost, context: {cluster: gone, user: u}}\n"
                          "clusters: [{name: c, cluster: {" +
                              cluster +
                              "}}]\n"
                              "users: [{name: u, user: {" +
                              user + "}}]\n");
    return ReadKubeconfig(path_, context);
  }
  absl::StatusOr<Connection> ReadUser(const std::string& user) {
    return Read("server: https://a:6443", user);
  }
  std::string Refusal(const absl::StatusOr<Connection>& read) {
    EXPECT_TRUE(HasReason(read.status(), Reason::kConfigInvalid)) << read.status();
    const std::string message = FailureOf(read.status()).message();
    EXPECT_THAT(message, HasSubstr(path_));
    return message;
  }

  const TestFolder folder_;
  std::string path_;
};

TEST_F(KubeconfigTest, ReadsTheContextThatIsNamedOrCurrent) {
  const auto main = Read("server: https://a:6443/", "token: t");
  ASSERT_TRUE(main.ok()) << main.status();
  EXPECT_EQ(main->server, "https://a:6443");
  EXPECT_EQ(main->token, "t");
  const auto nobody = Read("server: https://a:6443", "token: t", "nobody");
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(nobody->token, "");
}

TEST_F(KubeconfigTest, PathsAreRelativeToTheFile) {
  folder_.Write("pki/ca.crt", kPem);
  folder_.Write("pki/me.crt", kPem);
  folder_.Write("pki/me.key", kPem);
  const auto read = Read("server: https://a, certificate-authority: pki/ca.crt",
                         "client-certificate: pki/me.crt, client-key: " + folder_.path() +
                             "/pki/me.key, "
                             "tokenFile: token");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->ca, kPem);
  EXPECT_EQ(read->client_key, kPem);
  EXPECT_EQ(read->token_file, folder_.path() + "/token");
  EXPECT_THAT(read->files, ElementsAre(path_, HasSubstr("pki/ca.crt"), HasSubstr("pki/me.crt"),
                                       HasSubstr("pki/me.key")));
}

TEST_F(KubeconfigTest, DataGoesBeforeTheFile) {
  const auto read = Read(
      "server: https://a, certificate-authority: no/such/file, "
      "certificate-authority-data: " +
          absl::Base64Escape(kPem),
      "");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->ca, kPem);
}

TEST_F(KubeconfigTest, ReadsNameProxyAndImpersonation) {
  const auto read =
      Read("server: https://10.0.0.1, tls-server-name: api.example, proxy-url: 'socks5://p:1'",
           "as: ann, as-uid: '7', as-groups: [dev, ops], as-user-extra: {team: [a, b]}");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->tls_server_name, "api.example");
  // The proxy resolves the name, which curl calls socks5h.
  EXPECT_EQ(read->proxy_url, "socks5h://p:1");
  EXPECT_EQ(read->impersonate.user, "ann");
  EXPECT_EQ(read->impersonate.uid, "7");
  EXPECT_THAT(read->impersonate.groups, ElementsAre("dev", "ops"));
  EXPECT_THAT(read->impersonate.extra, ElementsAre(Pair("team", ElementsAre("a", "b"))));
}

TEST_F(KubeconfigTest, ReadsAPlugin) {
  const auto read = ReadUser(
      "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: "
      "bin/login, args: [get, '1'], env: [{name: A, value: b}], provideClusterInfo: true}");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->exec.argv, ElementsAre(folder_.path() + "/bin/login", "get", "1"));
  EXPECT_THAT(read->exec.env, ElementsAre(Pair("A", "b")));
  EXPECT_TRUE(read->exec.provide_cluster_info);
  const auto named =
      ReadUser("exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}");
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_THAT(named->exec.argv, ElementsAre("aws"));
}

TEST_F(KubeconfigTest, AMissingFileIsNamedAndWhereToCorrectIt) {
  path_ = folder_.path() + "/absent";
  EXPECT_THAT(Refusal(ReadKubeconfig(path_, "")),
              AllOf(HasSubstr("No such file"), HasSubstr("wheelhoused.yaml")));
}

TEST_F(KubeconfigTest, AMissingEntryIsNamedWithThoseThatThereAre) {
  EXPECT_THAT(Refusal(Read("server: https://a", "", "prod")),
              HasSubstr("contexts has no entry named \"prod\"; it has main, nobody, lost"));
  EXPECT_THAT(Refusal(Read("server: https://a", "", "lost")),
              HasSubstr("clusters has no entry named \"gone\"; it has c"));
  path_ = folder_.Write("kubeconfig", "contexts: []\n");
  EXPECT_THAT(Refusal(ReadKubeconfig(path_, "")), HasSubstr("current-context is not set"));
}

TEST_F(KubeconfigTest, YamlThatCannotBeReadIsNamedByLine) {
  path_ = folder_.Write("kubeconfig", "a: b\nc: [\n");
  EXPECT_THAT(Refusal(ReadKubeconfig(path_, "")), HasSubstr("line "));
  path_ = folder_.Write("kubeconfig", "just words");
  Refusal(ReadKubeconfig(path_, ""));
}

TEST_F(KubeconfigTest, AWrongFieldOfTheClusterIsNamed) {
  for (const auto& [cluster, field] : std::vector<std::pair<std::string, std::string>>{
           {"", "clusters[c].cluster.server"},
           {"server: a:6443", "clusters[c].cluster.server"},
           {"server: 'https://'", "clusters[c].cluster.server"},
           {"server: 'ftp://a'", "clusters[c].cluster.server"},
           {"server: 'https://ann:hunter2@a'", "clusters[c].cluster.server"},
           {"server: https://a, certificate-authority: absent", "certificate-authority"},
           {"server: https://a, certificate-authority-data: '!'", "certificate-authority-data"},
           {"server: https://a, certificate-authority-data: YQ==", "certificate-authority"},
           {"server: https://a, certificate-authority-data: " + absl::Base64Escape(kPem) +
                ", insecure-skip-tls-verify: true",
            "insecure-skip-tls-verify"},
           {"server: https://a, proxy-url: 'gopher://ann:hunter2@p'", "proxy-url"}}) {
    EXPECT_THAT(Refusal(Read(cluster, "")), AllOf(HasSubstr(field), Not(HasSubstr("hunter2"))));
  }
}

TEST_F(KubeconfigTest, AWrongFieldOfTheUserIsNamed) {
  const std::string exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: a, ";
  for (const auto& [user, field] : std::vector<std::pair<std::string, std::string>>{
           {"auth-provider: {name: gcp}", "users[u].user.auth-provider"},
           {"client-certificate-data: " + absl::Base64Escape(kPem), "users[u].user.client-cert"},
           {"username: ann, password: b, token: hunter2", "users[u].user.username"},
           {"as-groups: [ops]", "users[u].user.as"},
           {"exec: {apiVersion: client.authentication.k8s.io/v1}", "users[u].user.exec.command"},
           {"exec: {command: a}", "users[u].user.exec.apiVersion"},
           {exec + "interactiveMode: Always}", "users[u].user.exec.interactiveMode"},
           {exec + "}", "users[u].user.exec.interactiveMode"}}) {
    EXPECT_THAT(Refusal(ReadUser(user)), AllOf(HasSubstr(field), Not(HasSubstr("hunter2"))));
  }
}

TEST_F(KubeconfigTest, WhatAPluginWouldNotBeToldIsRefused) {
  EXPECT_THAT(Refusal(Read("server: https://a, extensions: [{name: "
                           "client.authentication.k8s.io/exec, extension: {audience: x}}]",
                           "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: "
                           "Never, command: a, provideClusterInfo: true}")),
              HasSubstr("users[u].user.exec.provideClusterInfo"));
}

TEST(InClusterTest, ReadsTheMountedAccount) {
  const TestFolder folder;
  unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_TRUE(HasReason(InClusterConnection(folder.path()).status(), Reason::kConfigInvalid));
  setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  EXPECT_TRUE(HasReason(InClusterConnection(folder.path()).status(), Reason::kConfigInvalid));
  folder.Write("ca.crt", kPem);
  const auto read = InClusterConnection(folder.path());
  unsetenv("KUBERNETES_SERVICE_HOST");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->server, "https://[fd00::1]:443");
  EXPECT_EQ(read->ca, kPem);
  EXPECT_EQ(read->token_file, folder.path() + "/token");
}

absl::Status CheckCertificate(const std::string& pem, const std::string& whose) {
  const auto expiry = ExpiryOf(pem, whose);
  return expiry.ok() ? CheckExpiry(*expiry, whose) : expiry.status();
}

TEST(CertificateTest, OneThatHasExpiredOrIsNoneIsRefused) {
  EXPECT_TRUE(CheckCertificate("", "x").ok());
  EXPECT_TRUE(CheckCertificate(MakeCertificate(absl::Hours(1)), "x").ok());
  const absl::Status expired = CheckCertificate(MakeCertificate(-absl::Hours(1)), "cluster prod");
  EXPECT_TRUE(HasReason(expired, Reason::kCredentialsInvalid));
  EXPECT_EQ(CheckExpiry(absl::FromUnixSeconds(951868799), "x").message(),
            "the client certificate of x expired on Feb 29 23:59:59 2000 GMT");
  EXPECT_THAT(FailureOf(expired).message(), HasSubstr("cluster prod expired on "));
  EXPECT_TRUE(HasReason(CheckCertificate(kPem, "x"), Reason::kCredentialsInvalid));
}

}  // namespace
}  // namespace wheelhouse::kube
