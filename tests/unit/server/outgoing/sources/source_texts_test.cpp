// What sources and the texts of their protocols mean.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <fstream>

#include "common/failure.h"
#include "server/outgoing/sources/login.h"
#include "server/outgoing/sources/registry.h"
#include "server/outgoing/sources/registry_client.h"
#include "server/outgoing/sources/repository_index.h"
#include "server/outgoing/sources/versions.h"

namespace wheelhouse::outgoing {
namespace {

using testing::ElementsAre;

std::string WriteFile(const std::string& name, const std::string& text, mode_t mode = 0600) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << text;
  chmod(path.c_str(), mode);
  return path;
}

absl::StatusOr<std::vector<IndexEntry>> Index(const std::string& text) {
  return ReadIndex(Context::Background(), WriteFile("index.yaml", text), "web", "the index");
}

std::string Chosen(const std::vector<std::string>& versions, const std::string& wanted) {
  const auto chosen = ChooseVersion(versions, wanted);
  if (!chosen.ok()) return std::string(FailureOf(chosen.status()).reason());
  return chosen->has_value() ? versions[**chosen] : "";
}

bool MayConnect(const Source& source, const char* address) {
  sockaddr_in v4{.sin_family = AF_INET};
  inet_pton(AF_INET, address, &v4.sin_addr);
  return source.MayConnect(reinterpret_cast<const sockaddr&>(v4));
}

TEST(RepositoryIndex, OnlyTheChartsOwnEntriesAreRead) {
  const auto entries = Index(R"(
apiVersion: v1
entries:
  other: [{version: 9.9.9, urls: [x]}]
  web:
  - version: 1.0.0
    digest: abc
    maintainers: [{name: a, urls: [no]}]
    urls: [web-1.0.0.tgz, mirror/web-1.0.0.tgz]
  - {version: "0.9.0", urls: [https://elsewhere.example/web.tgz]}
generated: "2026-01-01"
)");
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].version, "1.0.0");
  EXPECT_EQ((*entries)[0].digest, "abc");
  EXPECT_THAT((*entries)[0].urls, ElementsAre("web-1.0.0.tgz", "mirror/web-1.0.0.tgz"));
  EXPECT_EQ((*entries)[1].version, "0.9.0");
}

TEST(RepositoryIndex, WhatIsNoneIsNoIndex) {
  for (const char* text : {"", "<html>not here</html>", "[1, 2]", "entries: [", "entries: 1",
                           "entries: {web: [1]}", "? {a: 1}\n: 2"})
    EXPECT_TRUE(HasReason(Index(text).status(), Reason::kChartNotFound)) << text;
  EXPECT_EQ(Index("entries: {other: []}")->size(), 0u);
  EXPECT_EQ(Index(R"({"entries": {"web": [{"version": "1.0.0"}]}})")->size(), 1u);
}

TEST(RepositoryIndex, ALargeOneTakesNoMemory) {
  std::string text = "entries:\n  other:\n  - urls: [";
  for (int i = 0; i < 500000; ++i) text += "1,";
  text += "1]\n  web: [{version: 1.0.0}]\n";
  const auto entries = Index(text);
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(entries->size(), 1u);
}

TEST(Versions, AreChosenAsHelmChoosesThem) {
  const std::vector<std::string> versions = {"1.0.0",      "1.10.0", "1.9.0",
                                             "2.0.0-rc.1", "odd",    "v1.2.3"};
  EXPECT_EQ(Chosen(versions, ""), "1.10.0");
  EXPECT_EQ(Chosen(versions, "1.9.0"), "1.9.0");
  EXPECT_EQ(Chosen(versions, "<1.10"), "1.9.0");
  EXPECT_EQ(Chosen(versions, ">=2.0.0-0"), "2.0.0-rc.1");
  EXPECT_EQ(Chosen(versions, "1.2.3"), "v1.2.3");
  EXPECT_EQ(Chosen(versions, "odd"), "odd");
  EXPECT_EQ(Chosen(versions, ">=3"), "");
  EXPECT_EQ(Chosen(versions, "--devel"), "PLAN_INVALID");
}

TEST(Registry, AReferenceNamesARepositoryAndPerhapsATagOrADigest) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(ParseReference("oci://host:5000/a/b")->repository, "a/b");
  EXPECT_EQ(ParseReference("oci://host/a/b:1.0.0")->tag, "1.0.0");
  EXPECT_EQ(ParseReference("oci://host/a@" + digest)->digest, digest);
  for (const char* wrong : {"oci://host", "oci:///a", "https://host/a", "oci://host/a?b",
                            "oci://host/a/../b", "oci://host/a@sha256:b", "oci://host/a:"})
    EXPECT_FALSE(ParseReference(wrong).has_value()) << wrong;
}

TEST(Registry, AChallengeNamesWhereTokensAre) {
  const auto challenge = ParseChallenge(
      R"(Bearer realm="https://auth.example/token",service="registry",scope="repository:a:pull")");
  ASSERT_TRUE(challenge.has_value());
  EXPECT_EQ(challenge->realm, "https://auth.example/token");
  EXPECT_EQ(challenge->service, "registry");
  EXPECT_EQ(challenge->scope, "repository:a:pull");
  EXPECT_FALSE(ParseChallenge("Basic realm=\"x\"").has_value());
}

TEST(Source, ConnectsToTheInternetOnlyUnlessItsNetworksAreNamed) {
  const Source open = *Source::Make({.url = "https://charts.example"});
  EXPECT_TRUE(MayConnect(open, "140.82.112.3"));
  EXPECT_FALSE(MayConnect(open, "10.0.0.1"));
  const Source inside = *Source::Make(
      {.url = "https://charts.example", .networks = {"10.0.0.0/8", "169.254.0.0/16"}});
  EXPECT_TRUE(MayConnect(inside, "10.0.0.1"));
  EXPECT_FALSE(MayConnect(inside, "140.82.112.3"));
  EXPECT_FALSE(MayConnect(inside, "169.254.169.254")) << "never link-local";
}

TEST(Source, IsFollowedOnlyWhereItMayReach) {
  const Source source =
      *Source::Make({.url = "https://charts.example/stable", .also = {"https://files.example/a"}});
  EXPECT_TRUE(source.MayReach("https://charts.example/stable/web.tgz"));
  EXPECT_TRUE(source.MayReach("https://files.example/a/web.tgz?token=x/../y"));
  EXPECT_FALSE(source.MayReach("https://charts.example/other/web.tgz"));
  EXPECT_FALSE(source.MayReach("http://files.example/a/web.tgz"));
  const Source registry = *Source::Make({.url = "oci://ghcr.io/org"});
  EXPECT_TRUE(registry.MayReach("https://ghcr.io/token?scope=x"));
}

TEST(Login, ComesFromFilesThatNotEverybodyCanRead) {
  SourceCredential credential{.name = "c", .username = "robot"};
  credential.password_file = WriteFile("password", "hunter22\n");
  const auto login = ReadLogin(credential, "host:443");
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(AuthorizationOf(*login), "Basic cm9ib3Q6aHVudGVyMjI=");
  credential.password_file = WriteFile("open", "hunter22", 0644);
  const auto refused = ReadLogin(credential, "host:443");
  EXPECT_TRUE(HasReason(refused.status(), Reason::kRepositoryUnavailable));
  EXPECT_EQ(refused.status().message().find("open"), std::string::npos) << "the path is not told";
}

TEST(Login, FindsTheHostInADockerConfiguration) {
  SourceCredential credential{.name = "c"};
  credential.docker_config = WriteFile(
      "config.json", R"({"auths": {"other": {}, "ghcr.io": {"auth": "cm9ib3Q6aHVudGVyMjI="}}})");
  const auto login = ReadLogin(credential, "ghcr.io:443");
  ASSERT_TRUE(login.ok()) << login.status();
  EXPECT_EQ(login->username, "robot");
  EXPECT_EQ(login->password, "hunter22");
  EXPECT_FALSE(ReadLogin(credential, "quay.io:443").ok());
}

}  // namespace
}  // namespace wheelhouse::outgoing
